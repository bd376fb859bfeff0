import Foundation
import Testing

/// Bad input ends with exit code 2 and one clear line on standard error, before any work.
struct BadInputTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var arguments: [String] = ["run", "job.yaml"]
        var template = ""
        var expected: [String]
    }

    private static let cases: [Case] = [
        Case(
            testDescription: "an unknown template key", template: "promts: [a cat]",
            expected: ["job.yaml:1", "promts", "prompts"]),
        Case(
            testDescription: "an unknown setting",
            template: "prompts: [a cat]\nsettings: { iteratons: 3 }",
            expected: ["job.yaml:2", "iteratons", "iterations"]),
        Case(
            testDescription: "a negative iteration count in a template",
            template: "prompts: [a cat]\nsettings: { iterations: -3 }", expected: ["iterations", "-3"]),
        Case(
            testDescription: "a negative iteration count as a flag",
            arguments: ["render", "a cat", "--iterations", "-3"], expected: ["iterations", "-3"]),
        Case(
            testDescription: "a size the model cannot make",
            arguments: ["render", "a cat", "--size", "65x64"], expected: ["65×64", "64×64", "72×64"]),
        Case(testDescription: "an empty prompt", arguments: ["render", ""], expected: ["prompt", "empty"]),
        Case(
            testDescription: "a prompt weight that is no number", arguments: ["render", "a cat:heavy"],
            expected: ["heavy", "number"]),
        Case(
            testDescription: "an output folder that cannot be written",
            arguments: ["render", "a cat", "--output", "/proc/atelier"], expected: ["/proc/atelier", "--output"]),
        Case(
            testDescription: "settings that contradict each other in a sweep",
            template: "prompts: [a cat]\nsweep: { cutout_method: [latest, gentle], augmentations: [[], [affine]] }",
            expected: ["augmentations", "cutout_method"]),
        Case(testDescription: "a null prompt", template: "prompts: [~]", expected: ["prompt is missing"]),
        Case(
            testDescription: "a seed twice", template: "prompts: [a]\nseeds: [1, 1]", expected: ["seed 1 stands twice"]),
        Case(
            testDescription: "a start image that is no picture",
            arguments: ["render", "a cat", "--start-image", "job.yaml"], template: "x", expected: ["job.yaml", "PNG"]),
        Case(testDescription: "a folder as template", arguments: ["run", "/tmp"], expected: ["/tmp", "folder"]),
        Case(
            testDescription: "a size beyond what attention can hold",
            arguments: ["render", "a", "--size", "4096x4096"],
            expected: ["4096×4096"]),
        Case(testDescription: "no threads", arguments: ["parity", "x", "--threads", "0"], expected: ["--threads"]),
        Case(
            testDescription: "an unknown flag", arguments: ["render", "a cat", "--iteration", "3"],
            expected: ["--iteration"]),
        Case(
            testDescription: "a template that is not there", arguments: ["run", "none.yaml"], expected: ["none.yaml"]),
        Case(testDescription: "a template that is no YAML", template: "a: [", expected: ["job.yaml"]),
        Case(testDescription: "a template without prompts", template: "name: x", expected: ["prompts"]),
        Case(
            testDescription: "a checkpoint that is not there",
            arguments: ["render", "a cat", "--vqgan", "no.safetensors"], expected: ["vqgan", "no.safetensors"]),
    ]

    @Test("is refused", arguments: cases.indices)
    func refused(_ index: Int) async throws {
        let example = BadInputTests.cases[index]
        let folder = try TemporaryFolder()
        _ = try folder.write(example.template, to: "job.yaml")
        let ending = try await AtelierProcess.run(example.arguments, in: folder)
        #expect(ending.code == 2, "\(example.testDescription): \(ending.errors)")
        #expect(ending.output.isEmpty)
        let lines = ending.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(ending.errors)")
        for word in example.expected { #expect(ending.errors.contains(word), "\(word) missing in: \(ending.errors)") }
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "atelier-output").path))
    }
}
