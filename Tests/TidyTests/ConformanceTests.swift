import Foundation
import Testing

/// The ids of the conformance suite, which stand at the beginning of the names of tests.
@Suite struct ConformanceTests {
    /// Per area the number of the last situation; those that are left out are no situations of this wire.
    private static let areas: [(area: Character, last: Int, without: Set<Int>)] = [
        ("F", 15, []), ("V", 7, []), ("A", 13, []), ("S", 12, []), ("L", 17, []), ("R", 13, []),
        // The latency of control beside saturated blobs is measured, not tested.
        ("B", 10, []),
    ]

    @Test("Every situation of the conformance suite that runs with each commit has a test that carries its id")
    func complete() throws {
        var found: Set<String> = []
        for file in try Repository().swiftFiles(in: ["Tests"]) {
            for match in file.text.matches(of: #/@Test\(\s*"([FVASLRB][0-9]+(?:, [FVASLRB][0-9]+)*): /#) {
                for id in match.output.1.split(separator: ", ") { found.insert(String(id)) }
            }
        }
        for (area, last, without) in Self.areas {
            for number in 1...last where !without.contains(number) {
                #expect(found.contains("\(area)\(number)"), "no test carries the id \(area)\(number)")
            }
        }
    }
}
