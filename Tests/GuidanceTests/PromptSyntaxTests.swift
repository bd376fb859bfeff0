import Guidance
import Testing

@Suite("Prompt syntax")
struct PromptSyntaxTests {
    @Test(
        "Texts, weights and stops are told apart",
        arguments: [
            ("a cat", [PromptText(text: "a cat")]),
            ("a cat:2", [PromptText(text: "a cat", weight: 2)]),
            ("a cat:-0.5", [PromptText(text: "a cat", weight: -0.5)]),
            ("a cat:1:-inf", [PromptText(text: "a cat")]),
            ("a cat:.5:0.7", [PromptText(text: "a cat", weight: 0.5, stop: 0.7)]),
            ("a cat : 1e-1 : +Infinity", [PromptText(text: "a cat", weight: 0.1, stop: .infinity)]),
            (
                "a cat|blurry:-1| a dog :3",
                [
                    PromptText(text: "a cat"), PromptText(text: "blurry", weight: -1),
                    PromptText(text: "a dog", weight: 3),
                ]
            ),
            ("a sign: open", [PromptText(text: "a sign: open")]),
            ("a sign: open:2", [PromptText(text: "a sign: open", weight: 2)]),
            ("https://example.org/cat", [PromptText(text: "https://example.org/cat")]),
            ("http://example.org:8080/cat:2", [PromptText(text: "http://example.org:8080/cat", weight: 2)]),
            (#"Batman\:Returns"#, [PromptText(text: "Batman:Returns")]),
            (#"a clock at 12\:30"#, [PromptText(text: "a clock at 12:30")]),
            (#"left\|right\\"#, [PromptText(text: #"left|right\"#)]),
            (#"a \backslash"#, [PromptText(text: #"a \backslash"#)]),
            ("1:2:3:4", [PromptText(text: "1:2", weight: 3, stop: 4)]),
            ("a flower@inside=left.png", [PromptText(text: "a flower", region: PromptRegion(.inside, of: "left.png"))]),
            (
                "a flower @outside=masks/left : 2:0.5|sky",
                [
                    PromptText(
                        text: "a flower", weight: 2, stop: 0.5, region: PromptRegion(.outside, of: "masks/left")),
                    PromptText(text: "sky"),
                ]
            ),
            (#"me\@inside=x"#, [PromptText(text: "me@inside=x")]),
            ("a@b.org=c", [PromptText(text: "a@b.org=c")]),
            (
                #"@work @inside=a\@inside=b.png"#,
                [
                    PromptText(text: "@work", region: PromptRegion(.inside, of: "a@inside=b.png"))
                ]
            ),
        ])
    func parses(string: String, expected: [PromptText]) throws {
        #expect(try PromptSyntax.parse(string) == expected)
    }

    @Test(
        "A weight that is not a number is refused with the remedy",
        arguments: [
            ("a cat:hevy", "hevy"), ("a cat:0x10", "0x10"), ("a cat:nan", "nan"), ("a cat:1,5", "1,5"), ("a cat:", ""),
            ("a cat::2", ""), ("a cat:hevy:0.5", "hevy"), ("a cat:1e60", "1e60"), ("a dog|a cat:much", "much"),
        ])
    func refuses(string: String, field: String) throws {
        let error = try #require(throws: PromptError.self) { _ = try PromptSyntax.parse(string) }
        #expect(error.description.contains("“\(field)”"))
        #expect(error.description.contains(#"\: for a colon"#))
    }

    @Test("Phrases of a story are told apart, and a caret can be text")
    func story() throws {
        let phrases = try PromptSyntax.story(#"a seed ^ a sprout:2|soil^x\^2"#)
        #expect(
            phrases == [
                [PromptText(text: "a seed")], [PromptText(text: "a sprout", weight: 2), PromptText(text: "soil")],
                [PromptText(text: "x^2")],
            ])
        #expect(try PromptSyntax.parse("a ^ b|c").map(\.text) == ["a", "b", "c"])
        #expect(throws: PromptError.emptyPhrase(position: 2, of: 2)) { try PromptSyntax.story("a ^ ") }
        #expect(throws: PromptError.empty(position: 2, of: 2)) { try PromptSyntax.story("a ^ b|") }
    }

    @Test("A region without a name, or nearly one, is refused")
    func regions() {
        #expect(throws: PromptError.emptyRegion("inside")) { try PromptSyntax.parse("a cat@inside=:2") }
        #expect(throws: PromptError.unknownRegion("insde", nearest: "inside")) {
            try PromptSyntax.parse("a cat@insde=left.png")
        }
        #expect(throws: PromptError.empty(position: 1, of: 1)) { try PromptSyntax.parse("@inside=left.png") }
    }

    @Test(
        "Texts full of separators are read in no time",
        arguments: ["@", "@a=", "@insid=", "@inside", "a:", ":1", "a@", "\\\\", "é", "@outside=a "])
    func separators(part: String) {
        let long = String(repeating: part, count: Limits.promptBytes / part.utf8.count - 1) + "=x"
        let start = ContinuousClock.now
        for _ in 0..<3 { _ = try? PromptSyntax.parse(long) }
        // They took up to a minute each while every at sign read all that followed it.
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("An infinite weight is refused, an infinite stop is not")
    func infinities() throws {
        #expect(throws: PromptError.notANumber("inf", in: "a cat:inf")) { try PromptSyntax.parse("a cat:inf") }
        #expect(try PromptSyntax.parse("a cat:1:inf")[0].stop == .infinity)
    }

    @Test("Empty prompts are refused with their place")
    func empty() {
        #expect(throws: PromptError.empty(position: 1, of: 1)) { try PromptSyntax.parse("  ") }
        #expect(throws: PromptError.empty(position: 2, of: 3)) { try PromptSyntax.parse("a||b") }
        #expect(throws: PromptError.empty(position: 1, of: 1)) { try PromptSyntax.parse(":2") }
    }

    @Test("More prompts or bytes than the limits allow are refused")
    func limits() {
        let many = Array(repeating: "a", count: Limits.prompts + 1).joined(separator: "|")
        #expect(throws: PromptError.tooMany(count: 65, limit: 64)) { try PromptSyntax.parse(many) }
        let long = String(repeating: "a", count: Limits.promptBytes + 1)
        #expect(throws: PromptError.tooLong(bytes: 8193, limit: 8192)) { try PromptSyntax.parse(long) }
    }
}
