import FarmModel
import OrderedCollections
import Testing

@testable import atelier

/// Templates become jobs, or an error with its line.
struct TemplateTests {
    private func parse(_ yaml: String) throws -> JobTemplate {
        try TemplateParser(file: "t.yaml").parse(yaml, defaultName: "t")
    }

    @Test("A full template becomes prompts × sweep × seeds with the settings of each")
    func full() throws {
        let template = try parse(
            """
            name: hills
            prompts:
              - green hills
              - prompt: "snow: white"
                iterations: 7
            seeds: [3, 5]
            settings: { size: [64, 64], start: gray }
            sweep:
              learning_rate: [0.05, 0.1]
            priority: 2
            """)
        let spec = template.jobSpec
        #expect(spec.name == "hills" && spec.priority == 2 && spec.taskCount == 8)
        let first = try #require(spec.task(at: 0)).settings
        #expect(first["prompt"] == .string("green hills") && first["seed"] == .integer(3))
        #expect(first["learning_rate"] == .number(0.05) && first["iterations"] == nil)
        #expect(first["size"] == .list([.integer(64), .integer(64)]))
        let last = try #require(spec.task(at: 7)).settings
        #expect(last["prompt"] == .string("snow: white") && last["seed"] == .integer(5))
        #expect(last["learning_rate"] == .number(0.1) && last["iterations"] == .integer(7))
    }

    @Test("A number of seeds counts from 1, and a template without a name has its file's")
    func defaults() throws {
        let template = try parse("prompts: [a]\nseeds: 3")
        #expect(template.seeds == [1, 2, 3] && template.name == "t")
        #expect(try parse("prompts: [a]").seeds == [1])
    }

    @Test("noop asks for exactly so many tasks that wait, in a specification that fits into a message")
    func noop() throws {
        for count in [1, 99, 100, 9_973, 1_000_000, 1_234_567] {
            let spec = try parse("noop: { tasks: \(count), milliseconds: 5 }").jobSpec
            #expect(spec.taskCount == count && spec.steps.allSatisfy { $0.action == .noop })
            #expect(spec.steps.reduce(0) { $0 + $1.space.axes.reduce(0) { $0 + $1.values.count } } <= 1_000)
            #expect(spec.task(at: UInt32(count - 1))?.settings["milliseconds"] == .integer(5))
        }
        for (text, words) in [
            ("noop: 3", "noop is as in"), ("noop: { tasks: 0 }", "lies in 1"), ("noop: { tasks: x }", "whole number"),
            ("noop: { task: 1 }", "no \"task\""), ("noop: { tasks: 1 }\nseeds: 2", "leave out `seeds:`"),
        ] {
            let error = #expect(throws: TemplateError.self) { try parse(text) }
            #expect(error.map { "\($0)".contains(words) } == true)
        }
    }

    @Test("Quotes make text, plain numbers are numbers")
    func types() throws {
        let settings = try parse("prompts: [a]\nsettings: { noise: 0.5, iterations: 3, start: \"gray\" }").settings
        #expect(settings["noise"] == .number(0.5) && settings["iterations"] == .integer(3))
        #expect(settings["start"] == .string("gray"))
    }

    @Test(
        "What does not fit is refused with its line and what was meant",
        arguments: [
            ("promts: [a]", "t.yaml:1: unknown key \"promts\"; did you mean \"prompts\"?"),
            ("prompts: [a]\niterations: 3", "t.yaml:2: \"iterations\" is a setting"),
            ("prompts: [a]\nsettings: { sise: 3 }", "did you mean \"size\"?"),
            ("prompts: [a]\nsweep: { seed: [1] }", "have a list of their own"),
            ("prompts: []", "empty list"), ("prompts: a", "prompts is a list"), ("name: x", "no prompts"),
            ("", "empty"), ("- a", "`key: value`"), ("prompts: [a]\nseeds: 0", "asks for that many seeds"),
            ("prompts: [a]\nseeds: [1.5]", "whole number"), ("prompts: [a]\nseeds: [-1]", "whole number"),
            ("prompts: [a]\nprompts: [b]", "duplicated key"), ("prompts: [{ iterations: 3 }]", "no `prompt:`"),
            ("prompts: [a]\nsettings: { noise: inf }", "finite"), ("prompts: [a]\nsettings: { noise: }", "missing"),
            ("prompts: [a]\npriority: high", "priority is a whole number"), ("prompts: [", "not YAML"),
        ])
    func refused(yaml: String, expected: String) throws {
        let error = try #require(throws: TemplateError.self) { try parse(yaml) }
        #expect("\(error)".contains(expected), "\(error)")
        #expect(!"\(error)".contains("\n"), "\(error)")
    }

    @Test("Validation meets every value of every axis and every pair of them, without forming the product")
    func representatives() {
        let axes = [3, 2, 4].enumerated().map { number, count in
            ParameterSpace.Axis(
                name: "\(number)", values: (0..<count).map { ["\(number)": .integer(Int64($0))] })
        }
        let points = ParameterSpace(axes: axes).representativePoints
        #expect(points.count == 1 + (2 + 1 + 3) + (2 * 1 + 2 * 3 + 1 * 3))
        for (a, b, pairs) in [("0", "1", 6), ("0", "2", 12), ("1", "2", 8)] {
            #expect(Set(points.map { [$0[a], $0[b]] }).count == pairs)
        }
        for (number, count) in [3, 2, 4].enumerated() {
            #expect(Set(points.map { $0["\(number)"] }).count == count)
        }
    }
}
