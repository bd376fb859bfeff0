import CLIP
import Foundation
import Guidance
import Imaging
import StarterModel
import TensorCPU
import TensorCore
import Testing

@Suite("Several judges and the score")
struct JudgingTests {
    private static let digest = String(repeating: "7", count: 64)

    private func spec(_ json: String) throws -> RenderSpec { try RenderSpec(json: json) }

    @Test("Judges are one text, a list, or a text with bars, each with a weight; one alone is written as before")
    func syntax() throws {
        let one = try spec(#"{"prompt": "x", "clip": "a.pt"}"#)
        #expect(try one.canonicalJSON().contains(#""clip":"a.pt""#))
        #expect(one.clips.judges == [GuidingCLIP(file: FileReference(name: "a.pt"))])
        let list = try spec(#"{"prompt": "x", "clip": ["a.pt", "b.pt:0.5"]}"#)
        #expect(try spec(#"{"prompt": "x", "clip": "a.pt | b.pt:0.5"}"#) == list)
        #expect(list.clips.judges.map(\.weight) == [1, 0.5] && list.clips.judges[1].file.name == "b.pt")
        #expect(try list.canonicalJSON().contains(#""clip":["a.pt","b.pt:0.5"]"#))
        #expect(try spec(list.canonicalJSON()) == list)
        #expect(list.files.map(\.reference.name) == ["a.pt", "b.pt"])
    }

    @Test("A digest of decimal digits is no weight, and a weight stands behind a digest")
    func digests() throws {
        let pinned = try spec(#"{"prompt": "x", "clip": ["a@sha256:\#(Self.digest)", "b@sha256:\#(Self.digest):2"]}"#)
        #expect(pinned.clips.judges.map(\.file.sha256) == [Self.digest, Self.digest])
        #expect(pinned.clips.judges.map(\.weight) == [1, 2])
        #expect(try spec(pinned.canonicalJSON()) == pinned)
        let setting = try #require(RenderSettings.named("clip"))
        let replaced = setting.replacingFiles(in: "a:0.5|b") { FileReference(name: "/\($0.name)") }
        #expect(replaced == ["/a:0.5", "/b"])
    }

    @Test(
        "What cannot judge is refused",
        arguments: [
            (#""clip": ["a", "a:2"]"#, "twice"), (#""clip": []"#, "must be a file's name or a list"),
            (#""clip": ["a", 3]"#, "must be a file's name or a list"), (#""clip": "a:0""#, "0.001"),
            (#""clip": "a:-1""#, "-1"), (#""clip": "a|""#, "1 ... "),
            (#""clip": ["1", "2", "3", "4", "5", "6", "7", "8", "9"]"#, "1 ... 8 models"),
            (#""best_of": 4"#, "needs a “judge”"), (#""judge": "a", "clip": ["b", "a:0.5"]"#, "biased"),
            (#""judge": "starter""#, "biased"), (#""judge": "a", "best_of": 1"#, "2 ... 64"),
            (#""clip_activation": "relu""#, "quick_gelu"),
        ])
    func refused(settings: String, expected: String) {
        let error = #expect(throws: RenderSpecError.self) { try spec("{\"prompt\": \"x\", \(settings)}") }
        #expect("\(error.map { "\($0)" } ?? "")".contains(expected), "\(error.map { "\($0)" } ?? "")")
    }

    /// Few steps of few views from gray.
    private func quick(_ clips: [GuidingCLIP], scorer: String? = nil) -> RenderSpec {
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.start, spec.iterations, spec.views.count, spec.seed) = ("a red flower", .gray, 4, 2, 42)
        spec.size = PictureSize(width: 48, height: 32)
        spec.clips.judges = clips
        spec.judging.scorer = scorer.map { FileReference(name: $0) }
        return spec
    }

    private func loop(_ spec: RenderSpec, resuming: RenderCheckpoint? = nil) throws -> RenderLoop {
        let backend = CPUBackend(threads: 1)
        return try RenderLoop(
            spec: spec, models: try GuidanceModels.load(for: spec, on: backend), backend: backend, resuming: resuming)
    }

    @Test("The loss of two judges is the weighted sum of what each says alone")
    func weightedSum() throws {
        let other = try OtherJudge()
        let (a, b) = (GuidingCLIP(file: .starter), GuidingCLIP(file: FileReference(name: other.path), weight: 0.5))
        var together = try loop(quick([a, b]))
        var first = try loop(quick([a]))
        // From a gray start the picture is the same whoever judges.
        var alone = quick([GuidingCLIP(file: b.file)])
        alone.iterations = 1
        var second = try loop(alone)
        let (both, one, two) = (try together.step(), try first.step(), try second.step())
        #expect(both.terms == [one.loss, 0.5 * two.loss] && one.loss != two.loss)
        #expect(abs(both.loss - (one.loss + 0.5 * two.loss)) < 1e-6)

        // A second judge moves the picture, and a resumed render goes on with the same bits.
        let checkpoint = try RenderCheckpoint(decoding: together.checkpoint().encoded())
        var resumed = try loop(quick([a, b]), resuming: checkpoint)
        try together.run()
        try resumed.run()
        try first.run()
        let (same, moved) = (resumed.result() == together.result(), first.image() != together.image())
        #expect(same && moved)
    }

    /// A picture that is wider than high, with the last column in one shade.
    private func ramp(lastColumn: UInt8) -> RGBImage {
        let pixels = (0..<40 * 64 * 3).map { index -> UInt8 in
            let (x, y) = (index / 3 % 64, index / 192)
            return x == 63 ? lastColumn : UInt8((x * 3 + y * 2 + index % 3 * 40) % 256)
        }
        return RGBImage(width: 64, height: 40, pixels: pixels)
    }

    @Test("A score is the weighted mean of cosines; negative prompts count against the picture")
    func score() throws {
        let other = try OtherJudge()
        let backend = CPUBackend(threads: 1)
        var spec = quick([GuidingCLIP(file: .starter)], scorer: other.path)
        let models = try GuidanceModels.load(for: spec, on: backend)
        try models.validate(spec)
        let wide = ramp(lastColumn: 0)
        func score(_ prompt: String, of image: RGBImage) throws -> Double {
            spec.prompt = prompt
            return try #require(try models.score(of: image, for: spec))
        }
        let (red, sea) = (try score("a red circle", of: wide), try score("the sea", of: wide))
        #expect((-1...1).contains(red) && red != sea)
        #expect(abs(try score("a red circle:2|the sea:-1", of: wide) - (2 * red - sea) / 3) < 1e-9)
        // The finished picture shows how a story ends, and a text of any length has a score.
        #expect(try score("a red circle ^ the sea", of: wide) == sea)
        #expect((-1...1).contains(try score(String(repeating: "red snow ", count: 60), of: wide)))
        // Only the middle square is looked at.
        #expect(try score("the sea", of: ramp(lastColumn: 255)) == sea)
        spec.judging.scorer = nil
        #expect(try GuidanceModels.load(for: spec, on: backend).score(of: wide, for: spec) == nil)
    }

    @Test("No text tower is in memory once a render is prepared")
    func textTowers() throws {
        let other = try OtherJudge()
        let backend = CPUBackend(threads: 1)
        let spec = quick([GuidingCLIP(file: .starter)], scorer: other.path)
        let models = try GuidanceModels.load(for: spec, on: backend)
        let towers = (models.judges + [try #require(models.scorer)]).map(\.clip.text)
        #expect(towers.allSatisfy { !$0.isLoaded })
        var loop = try RenderLoop(spec: spec, models: models, backend: backend)
        #expect(towers.allSatisfy { !$0.isLoaded })
        try loop.run()
        _ = try models.score(of: loop.image(), for: spec)
        #expect(towers.allSatisfy { !$0.isLoaded })
    }

    @Test("A copy of a guiding model under another name cannot score")
    func copy() throws {
        let other = try OtherJudge()
        let copy = other.folder + "/copy.safetensors"
        try FileManager.default.copyItem(atPath: other.path, toPath: copy)
        try FileManager.default.copyItem(atPath: other.folder + "/other.json", toPath: other.folder + "/copy.json")
        let spec = quick([GuidingCLIP(file: FileReference(name: other.path))], scorer: copy)
        let models = try GuidanceModels.load(for: spec, on: CPUBackend(threads: 1))
        let error = #expect(throws: RenderSpecError.self) { try models.validate(spec) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("same weights"))
        let resolved = models.resolving(spec)
        #expect(resolved.clip.sha256 == resolved.judging.scorer?.sha256 && resolved.clip.sha256 != nil)
    }

    @Test("The pictures that best_of asks for have seeds of their own, the first one the seed itself")
    func candidates() throws {
        var spec = quick([GuidingCLIP(file: .starter)], scorer: "other")
        spec.judging.bestOf = 8
        let seeds = (0..<8).map { spec.candidate($0).seed }
        #expect(seeds[0] == 42 && Set(seeds).count == 8 && seeds.allSatisfy { $0 < 1 << 53 })
        #expect(spec.candidate(3) == spec.candidate(3) && spec.candidate(3).judging.bestOf == nil)
        var next = spec
        next.seed = 43
        #expect((0..<8).allSatisfy { spec.candidate($0).seed != next.candidate($0).seed })
    }
}
