import Checkpoints
import Testing

@Suite("Configuration files")
struct ConfigurationTests {
    static func read(_ text: String, as name: String) throws -> Configuration {
        let folder = try TemporaryFolder()
        return try Configuration.read(folder.file(name, Array(text.utf8)))
    }

    static func message(_ text: String, as name: String, _ body: (Configuration) throws -> Void = { _ in }) -> String {
        let error = #expect(throws: CheckpointError.self) { try body(read(text, as: name)) }
        return error?.message ?? ""
    }

    @Test("JSON and YAML give the same values")
    func both() throws {
        let json = try Self.read(
            #"{"a": {"n": 3, "x": 1.5e1, "t": "é\n\"\ud83d\ude42", "f": true, "l": [1, 2], "z": null, "e": {}}}"#,
            as: "c.json")
        let yaml = try Self.read(
            "a:\n  n: 3\n  x: 15.0\n  t: \"é\\n\\\"🙂\"\n  f: true\n  l:\n  - 1\n  - 2\n  z:\n  e: {}\n", as: "c.yaml")
        for file in [json, yaml] {
            let a = try file.section("a")
            #expect(try a.integer("n", in: 1...3) == 3)
            #expect(try a.numberIfGiven("x", in: 0...20) == 15)
            #expect(try a.text("t") == "é\n\"🙂")
            #expect(try a.flagIfGiven("f") == true)
            #expect(try a.integersIfGiven("l", in: 0...9) == [1, 2])
            #expect(try a.integerIfGiven("z", in: 0...9) == nil)
            #expect(try a.textIfGiven("absent") == nil)
            #expect(try a.sectionIfGiven("e") != nil)
        }
    }

    @Test("An error says where the value lies, what was expected and what was found")
    func errors() {
        let yaml = "model:\n  params:\n    ch: '32'\n    big: 99\n    mult: [1, two]\n    half: 1.5\n"
        func params(_ body: (Configuration) throws -> Void) -> String {
            Self.message(yaml, as: "c.yaml") { try body($0.section("model").section("params")) }
        }
        #expect(
            params { _ = try $0.integer("ch", in: 1...64) }
                == "'model.params.ch' should be a whole number from 1 to 64, but is the text '32'")
        #expect(params { _ = try $0.integer("big", in: 1...64) }.contains("but is 99"))
        #expect(params { _ = try $0.integer("half", in: 1...64) }.contains("but is 1.5"))
        #expect(params { _ = try $0.integer("none", in: 1...64) } == "'model.params.none' is missing")
        #expect(params { _ = try $0.integersIfGiven("mult", in: 1...64) }.contains("one entry is the text 'two'"))
        #expect(params { _ = try $0.flagIfGiven("big") }.contains("true or false"))
        #expect(params { _ = try $0.section("big") }.contains("a section"))
    }

    @Test(
        "Malformed documents are refused",
        arguments: [
            ("c.json", "{\"a\": 1, \"a\": 2}", "occurs twice"), ("c.json", "{\"a\": 01}", "JSON"),
            ("c.json", "{\"a\": nul}", "unknown word"), ("c.json", "{\"a\": 1e999}", "too large"),
            ("c.json", "{\"a\": -}", "JSON"), ("c.json", "{'a': 1}", "name in quotes"),
            ("c.json", "{\"a\": \"x", "no end"),
            ("c.json", "", "too early"), ("c.json", "[1]", "named values"), ("c.yaml", "a: 1\na: 2\n", "YAML"),
            ("c.yaml", "a: [1\n", "YAML"), ("c.yaml", "- 1\n", "named values"), ("c.yaml", "", "named values"),
            ("c.yaml", "a: &x [1]\nb: [*x, *x]\n", "anchor"), ("c.yaml", "a: *nowhere\n", "YAML"),
        ])
    func malformed(name: String, text: String, expected: String) {
        let message = Self.message(text, as: name)
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test("A checkpoint in the place of a configuration is refused")
    func wrongFile() throws {
        let folder = try TemporaryFolder()
        let binary = try folder.file("model.yaml", [0x80, 0x02, 0xFF, 0xFE])
        #expect(throws: CheckpointError.self) { try Configuration.read(binary) }
        let large = try folder.file("large.yaml", [UInt8](repeating: 0x20, count: 5 << 20))
        let error = #expect(throws: CheckpointError.self) { try Configuration.read(large) }
        #expect(error?.message.contains("bytes") == true)
    }

    @Test("A file that may be absent is nil")
    func absent() throws {
        let folder = try TemporaryFolder()
        let none = try Configuration.readIfPresent("\(folder.path)/none.json")
        #expect(none == nil)
    }
}
