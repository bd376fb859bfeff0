import Foundation
import Testing

/// The inputs that the fuzzer began with and those that once broke a reader, without the fuzzer.
@Suite("Corpus of the fuzzer")
struct FuzzCorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Corpus").path

    @Test("Every input is read or refused", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let folder = "\(Self.folder)/\(target.rawValue)"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        var accepted = 0
        for name in names {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            if bytes.withUnsafeBytes({ target.run($0) }) { accepted += 1 }
        }
        #expect(accepted > 0, "the corpus of \(target) has a sound input to begin with")
    }
}
