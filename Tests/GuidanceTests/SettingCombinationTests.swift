import Foundation
import Imaging
import StarterModel
import TensorCPU
import TensorCore
import Testing

@testable import Guidance

@Suite("Settings together")
struct SettingCombinationTests {
    /// A small render, so that a step takes milliseconds.
    private static let quick: [String: String] = [
        "prompt": #""red ^ blue:-1@inside=left | sky""#, "size": "[16, 16]", "iterations": "12", "cutouts": "2",
        "start": #""gray""#,
    ]

    /// Values at both ends of what a setting accepts, as JSON.
    private static func extremes(of setting: RenderSetting) -> [String] {
        switch setting.kind {
        case .text: [#""x""#, #""é|\\|:0:inf ^ y@outside=left""#]
        case .flag: ["true", "false"]
        // Long renders of large pictures are refused or take long; neither is what this is about.
        case .integer(let range): ["\(range.lowerBound)", "\(min(range.upperBound, 7))"]
        case .number(let range): ["\(range.lowerBound)", "\(range.upperBound)", "\(max(range.lowerBound, 0))"]
        case .numbers(let range, let most):
            ["[]", "[\(Array(repeating: "\(range.upperBound)", count: most).joined(separator: ", "))]"]
        case .colors: [#"["000000"]"#, #"["ffffff", "123456", "ffffff"]"#]
        case .choice(let words): words.filter { $0 != "image" }.map { "\"\($0)\"" }
        case .schedule: ["1", #""3@0,1@1,2@9""#]
        case .augmentations:
            AugmentationName.allCases.map { name in
                let most = name.tuningRanges.map { "\($0.name)=\($0.range.upperBound)" }.joined(separator: " ")
                return "[\"\(name.shortName)\", \"\(name.rawValue)(\(most))\"]"
            } + ["[]"]
        case .size: ["[8, 64]", "[40, 8]"]
        case .file, .models: [#""starter""#]
        case .picture: [#""left.png""#]
        case .pictures: [#"["left.png"]"#]
        case .imagePrompts: [#"["left.png:-3", "left.png@inside=left:0"]"#]
        case .texts: [#"["0", "18446744073709551615:-2:inf"]"#]
        }
    }

    /// Renders a few steps and goes on from a checkpoint; nil if the settings are refused.
    private func render(_ settings: [String: String], _ fixture: StarterFixture) throws -> RGBImage? {
        let members = settings.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
        let spec: RenderSpec
        do {
            spec = try RenderSpec(json: "{\(members)}")
            try fixture.models.validate(spec)
        } catch {
            let line = "\(error)"
            #expect(!line.contains("\n") && line.utf8.count < 700, "\(members): \(line)")
            return nil
        }
        let left = RGBImage.halves(width: 20, height: 12, left: .white, right: .black)
        let pictures = RenderPictures([FileReference(name: "left.png"): left, FileReference(name: "left"): left])
        do {
            var loop = try RenderLoop(spec: spec, models: fixture.models, backend: fixture.backend, pictures: pictures)
            try loop.run(2)
            var resumed = try RenderLoop(
                spec: spec, models: fixture.models, backend: fixture.backend, pictures: pictures,
                resuming: try RenderCheckpoint(decoding: loop.checkpoint().encoded()))
            try loop.run(1)
            try resumed.run(1)
            let result = loop.result()
            let isSame = result == resumed.result()
            #expect(isSame, "\(members)")
            let header = result.lossCSV().prefix { $0 != "\n" }.split(separator: ",")
            #expect(header.count == 3 + (result.steps.last?.terms.count ?? 0), "\(members)")
            return result.image
        } catch let error as RenderError {
            // Enormous weights and step sizes end a render, which then says so.
            guard case .diverged = error else { throw error }
            return nil
        }
    }

    @Test("Settings at their extremes, alone and several at once, render the same again or are refused in one line")
    func extremes() throws {
        let fixture = try StarterFixture()
        let settings = RenderSettings.keys.filter { !["seed", "judge", "best_of"].contains($0.name) }
        var random = Philox(seed: 20, stream: 1)
        var rendered = 0
        let combinations = ProcessInfo.processInfo.environment["ATELIER_COMBINATIONS"].flatMap { Int($0) } ?? 60
        for _ in 0..<combinations {
            var chosen = Self.quick
            for _ in 0..<(1 + random.integer(below: 4)) {
                let setting = settings[random.integer(below: settings.count)]
                let values = Self.extremes(of: setting)
                chosen[setting.name] = values[random.integer(below: values.count)]
                if setting.name == "start_image" { chosen["start"] = nil }
            }
            if try render(chosen, fixture) != nil { rendered += 1 }
        }
        #expect(rendered > combinations / 3)
    }
}
