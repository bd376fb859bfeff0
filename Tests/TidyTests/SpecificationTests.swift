import Foundation
import Testing

/// Holds `protocols/SPECIFICATION.md` against itself and against the tests.
@Suite struct SpecificationTests {
    /// A numbered obligation: its text and the tests that it names.
    private struct Rule {
        var number: Int
        var text: String
        var tests: [String]
    }

    private let repository = Repository()

    private func text() throws -> String { try repository.file("protocols/SPECIFICATION.md").text }

    /// Paragraphs such as `**R-001** … MUST … [Target/Suite.function, …]`.
    private func rules() throws -> [Rule] {
        try text().split(separator: "\n\n").compactMap { paragraph in
            let paragraph = paragraph.trimmingCharacters(in: .whitespacesAndNewlines)
            guard paragraph.hasPrefix("**R-"),
                let end = paragraph.range(
                    of: "**", range: paragraph.index(paragraph.startIndex, offsetBy: 2)..<paragraph.endIndex),
                let number = Int(paragraph[paragraph.index(paragraph.startIndex, offsetBy: 4)..<end.lowerBound])
            else { return nil }
            let names = paragraph.hasSuffix("]") ? paragraph.split(separator: "[").last?.dropLast() : nil
            let tests = names?.split(whereSeparator: { ", \n".contains($0) }).map(String.init) ?? []
            return Rule(number: number, text: paragraph, tests: tests)
        }
    }

    // A rule stands where it belongs; its number is that of its birth.
    @Test("Obligations are numbered without a gap, and each says MUST once or more")
    func numbering() throws {
        let rules = try rules()
        #expect(rules.count >= 40)
        #expect(rules.map(\.number).sorted() == Array(1...rules.count))
        for rule in rules { #expect(rule.text.contains("MUST"), "R-\(rule.number) obliges nobody") }
    }

    @Test("Nothing obliges outside a numbered paragraph")
    func orphans() throws {
        for paragraph in try text().split(separator: "\n\n") where paragraph.contains("MUST") {
            let isNumbered = paragraph.hasPrefix("**R-") || paragraph.contains("RFC 2119")
            #expect(isNumbered, "without a number: \(paragraph.prefix(80))")
        }
    }

    @Test("Every obligation names tests that exist")
    func tests() throws {
        let known = try functions()
        #expect(known.count > 100)
        for rule in try rules() {
            #expect(!rule.tests.isEmpty, "R-\(rule.number) names no test")
            for test in rule.tests {
                #expect(known.contains(test), "R-\(rule.number): there is no test \(test)")
            }
        }
    }

    /// Every function of a test suite as `Target/Suite.function`.
    private func functions() throws -> Set<String> {
        var names: Set<String> = []
        for file in try repository.swiftFiles(in: ["Tests"]) {
            guard let target = file.path.split(separator: "/").dropFirst().first else { continue }
            var suite = ""
            for line in file.code.split(separator: "\n") {
                let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
                for (word, next) in zip(words, words.dropFirst()) {
                    if word == "struct" || word == "extension", !line.hasPrefix(" ") { suite = String(next) }
                    if word == "func" { names.insert("\(target)/\(suite).\(next)") }
                }
            }
        }
        return names
    }

    @Test("The grammars are well formed, complete and without a rule defined twice")
    func grammar() throws {
        let blocks = try text().components(separatedBy: "```abnf\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count >= 2)
        let grammar = ABNF(blocks.joined(separator: "\n"))
        #expect(grammar.problems.isEmpty, "\(grammar.problems)")
        for name in ["frame", "worker", "put", "get", "client", "enrolment"] { #expect(grammar.names.contains(name)) }
    }

    @Test(
        "The checker of grammars finds what is wrong",
        arguments: [
            ("a = b", "b is used and not defined"), ("a = OCTET\na = OCTET", "a is defined twice"),
            ("a = (OCTET", "a is not well formed"), ("a = OCTET /", "a is not well formed"),
            ("a = %xZZ", "a is not well formed"), ("a OCTET", "no rule"), ("1a = OCTET", "no name"),
            ("a = \"x", "a is not well formed"), ("a = ]", "a is not well formed"),
        ])
    func checker(grammar: String, problem: String) {
        #expect(ABNF(grammar).problems.contains { $0.contains(problem) }, "\(ABNF(grammar).problems)")
    }

    @Test("The checker of grammars accepts what RFC 5234 has")
    func accepted() {
        let grammar = ABNF("a = *b 1*3(b / %x00-1F) [c] ; a comment\n  / \"text;\" %x41.42\nb = OCTET\nc = 8OCTET 2b\n")
        #expect(grammar.problems.isEmpty && grammar.names == ["a", "b", "c"], "\(grammar.problems)")
    }
}
