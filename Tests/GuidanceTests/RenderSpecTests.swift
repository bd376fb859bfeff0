import Foundation
import Guidance
import StarterModel
import TensorCore
import Testing

@Suite("Render specification")
struct RenderSpecTests {
    private func message(_ json: String) -> String {
        do {
            _ = try RenderSpec(json: json)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test("A prompt alone takes the starter's recommended settings")
    func starterDefaults() throws {
        let spec = try RenderSpec(json: #"{"prompt": "a red flower"}"#)
        var expected = RenderDefaults.starter.spec
        expected.prompt = "a red flower"
        #expect(spec == expected)
        #expect(RenderDefaults.starter(try StarterModel().recommendedSettings()) == .starter)
    }

    @Test("Other models take the published settings")
    func publishedDefaults() throws {
        let spec = try RenderSpec(json: #"{"prompt": "x", "vqgan": "f16.ckpt", "clip": "ViT-B-32.pt"}"#)
        #expect(spec.size == PictureSize(width: 256, height: 256) && spec.iterations == 500 && spec.views.count == 32)
        #expect(spec.views.method == .latest && spec.views.noise == 0.1 && spec.start == .random)
        #expect(spec.views.augmentations.map(\.name) == [.affine, .perspective, .jitter, .erasing])
        #expect(spec.vqgan == FileReference(name: "f16.ckpt") && spec.descent.schedule == .constant)
    }

    @Test("Another cutout method brings its own augmentations and noise")
    func methodDefaults() throws {
        let spec = try RenderSpec(json: #"{"prompt": "x", "cutout_method": "latest"}"#)
        #expect(spec.views.augmentations.count == 4 && spec.views.noise == 0.1)
        let short = try RenderSpec(
            json: #"{"prompt": "x", "cutout_method": "latest", "augmentations": ["Er", "af"], "noise": 0}"#)
        #expect(short.views.augmentations.map(\.name) == [.erasing, .affine] && short.views.noise == 0)
    }

    @Test("Cutouts may be a schedule, augmentations may carry numbers, and both are written as short as they can be")
    func views() throws {
        let spec = try RenderSpec(
            json: #"""
                {"prompt": "x", "cutout_method": "nrupdated", "cutouts": "32, 8@20", "cut_pow": 1.5, "cutout_batch": 4,
                 "augmentations": ["Af( p=0.50, degrees=1e1 )", "noise(std=0.25)", "Re"]}
                """#)
        #expect([0, 19, 20, 500].map(spec.views.count.count(at:)) == [32, 32, 8, 8])
        let json = try spec.canonicalJSON()
        #expect(json.contains(#""augmentations":["affine(degrees=10 p=0.5)","noise(std=0.25)","resized_crop"]"#))
        #expect(json.contains(#""cutouts":"32@0,8@20""#) && json.contains(#""cut_pow":1.5"#))
        #expect(try RenderSpec(json: json) == spec)
        #expect(try RenderSpec(json: #"{"prompt": "x", "cutouts": "7"}"#).canonicalJSON().contains(#""cutouts":7,"#))
        let affine = try #require(spec.views.augmentations[0].augmentation(of: .nrupdated) as? Affine)
        #expect(affine.probability == 0.5 && affine.degrees == 10 && affine.shear == 5 && !affine.corrected)
        let right = try #require(
            spec.views.augmentations[0].augmentation(of: .updated, corrected: true) as? Affine)
        #expect(right.corrected && right.padding == .border)
    }

    @Test("A start picture needs no second setting")
    func startImage() throws {
        let spec = try RenderSpec(json: #"{"prompt": "x", "start_image": "cat.png"}"#)
        #expect(spec.start == .image && spec.startImage == FileReference(name: "cat.png"))
    }

    @Test(
        "An unknown key names the nearest one",
        arguments: [
            ("promt", "prompt"), ("iteration", "iterations"), ("Seed", "seed"), ("learningrate", "learning_rate"),
            ("lr", "learning_rate"), ("cutn", "cutouts"), ("max_iterations", "iterations"), ("optimiser", "optimizer"),
            ("init_image", "start_image"), ("cut_method", "cutout_method"), ("clip_model", "clip"),
        ])
    func unknownKey(key: String, nearest: String) {
        #expect(
            message("{\"prompt\": \"x\", \"\(key)\": 1}") == "there is no setting “\(key)”; did you mean “\(nearest)”?")
    }

    @Test(
        "Wrong kinds, values out of range and contradictions are refused in one line that names the setting",
        arguments: [
            (#"{}"#, "“prompt” is missing"),
            (#"[1]"#, "expected an object"),
            (#"{"prompt": "x""#, "not a JSON object"),
            (#"{"prompt": 3}"#, "“prompt” must be a text, got the number 3"),
            (#"{"prompt": " "}"#, "the prompt is empty"),
            (#"{"prompt": "a cat:much"}"#, "“much”"),
            (#"{"prompt": "x", "seed": -1}"#, "“seed” is -1"),
            (#"{"prompt": "x", "seed": "7"}"#, "“seed” must be a whole number, got the text “7”"),
            (#"{"prompt": "x", "seed": true}"#, "“seed” must be a whole number, got true"),
            (#"{"prompt": "x", "iterations": 0}"#, "“iterations” is 0; it must lie in 1 ... 100000"),
            (#"{"prompt": "x", "iterations": 1.5}"#, "“iterations” must be a whole number, got the number 1.5"),
            (#"{"prompt": "x", "cutouts": 1025}"#, "1 ... 1024"),
            (#"{"prompt": "x", "size": [64]}"#, "“size” must be [width, height]"),
            (#"{"prompt": "x", "size": [64, 64.5]}"#, "“size” must be [width, height]"),
            (#"{"prompt": "x", "size": [64, 5000]}"#, "“size” is 5000"),
            (#"{"prompt": "x", "learning_rate": 0}"#, "“learning_rate” is 0.0"),
            (#"{"prompt": "x", "learning_rate": null}"#, "“learning_rate” must be a number, got null"),
            (#"{"prompt": "x", "schedule": "cosin"}"#, "did you mean “cosine”?"),
            (#"{"prompt": "x", "augmentations": ["affin"]}"#, "did you mean “affine”?"),
            (#"{"prompt": "x", "augmentations": "affine"}"#, "must be a list"),
            (#"{"prompt": "x", "augmentations": ["affine(degree=3)"]}"#, "did you mean “degrees”?"),
            (#"{"prompt": "x", "augmentations": ["affine(p=1.5)"]}"#, "“augmentations: affine p” is 1.5"),
            (#"{"prompt": "x", "augmentations": ["affine(p=0.5"]}"#, "a list of names such as"),
            (#"{"prompt": "x", "augmentations": ["affine(p=0.5 p=0.4)"]}"#, "a list of names such as"),
            (#"{"prompt": "x", "augmentations": ["affine(p)"]}"#, "a list of names such as"),
            (#"{"prompt": "x", "augmentations": ["affine(p=nan)"]}"#, "a list of names such as"),
            (#"{"prompt": "x", "augmentations": [["affine"]]}"#, "a list with a list of 1"),
            (#"{"prompt": "x", "cutouts": "8@0,4@0"}"#, "such as 32@0,16@200"),
            (#"{"prompt": "x", "cutouts": "8@1"}"#, "such as 32@0,16@200"),
            (#"{"prompt": "x", "cutouts": "8,4"}"#, "such as 32@0,16@200"),
            (#"{"prompt": "x", "cutouts": "8,,4@2"}"#, "such as 32@0,16@200"),
            (#"{"prompt": "x", "cutouts": "8@0,99999999999@3"}"#, "such as 32@0,16@200"),
            (#"{"prompt": "x", "cutouts": "8@0,0@3"}"#, "“cutouts” is 0; it must lie in 1 ... 1024"),
            (#"{"prompt": "x", "cut_pow": 2}"#, "“cut_pow” shapes random crops"),
            (#"{"prompt": "x", "cutout_method": "original", "cut_pow": 0}"#, "“cut_pow” is 0.0"),
            (#"{"prompt": "x", "cutout_batch": 0}"#, "“cutout_batch” is 0"),
            (#"{"prompt": "x", "augmentations": ["affine"]}"#, "do not go with “cutout_method”"),
            (#"{"prompt": "x", "start": "image"}"#, "no “start_image” is named"),
            (#"{"prompt": "x", "start": "gray", "start_image": "a.png"}"#, "leave out one of them"),
            (#"{"prompt": "x", "clip": {"name": "a"}}"#, "“clip” must be a file's name"),
            (#"{"prompt": "x", "clip": "a@sha256:B0"}"#, "64 lowercase hexadecimal digits"),
            (#"{"prompt": "x", "clip": "@sha256:00"}"#, "“clip” is a name of 0 bytes"),
        ])
    func refusals(json: String, part: String) {
        let text = message(json)
        #expect(text.contains(part), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test("A size that does not fit the VQGAN names the nearest that do")
    func sizes() throws {
        let spec = try RenderSpec(json: #"{"prompt": "x", "size": "100x64"}"#)
        #expect(
            throws: RenderSpecError.sizeNotMultiple(
                size: PictureSize(width: 100, height: 64), factor: 16,
                nearest: [PictureSize(width: 96, height: 64), PictureSize(width: 112, height: 64)])
        ) { try spec.validate(downsamplingFactor: 16) }
        #expect(throws: Never.self) { try spec.validate(downsamplingFactor: 4) }
        let error = try #require(throws: RenderSpecError.self) { try spec.validate(downsamplingFactor: 16) }
        #expect(error.description.contains("96×64, 112×64"))
    }

    @Test("The canonical form reads back to the same settings and has sorted keys")
    func canonical() throws {
        let written =
            #"{"seed": 18446744073709551615, "prompt": "a/b \" ü|c:2", "learning_rate": 0.1, "iterations": 80.0}"#
        var spec = try RenderSpec(json: written)
        spec.clip.sha256 = String(repeating: "0f", count: 32)
        let json = try spec.canonicalJSON()
        #expect(try RenderSpec(json: json) == spec)
        #expect(try RenderSpec(json: json).canonicalJSON() == json)
        #expect(json.hasPrefix(#"{"augmentations":[],"clip":"starter@sha256:0f0f"#))
        #expect(json.contains(#""learning_rate":0.1,"#) && json.contains("18446744073709551615"))
        #expect(try JSONDecoder().decode(RenderSpec.self, from: Data(json.utf8)) == spec)
        var other = spec
        other.seed = 1
        #expect(try spec.digest() != other.digest())
    }

    @Test("The schema names every setting and is valid JSON")
    func schema() throws {
        let object = try JSONSerialization.jsonObject(with: Data(RenderSettings.jsonSchema.utf8)) as? [String: Any]
        let properties = try #require(object?["properties"] as? [String: Any])
        #expect(properties.keys.sorted() == RenderSettings.keys.map(\.name).sorted())
        let all = try RenderSpec(
            json: #"""
                {"prompt": "x", "start_image": "a.png", "cutout_method": "original", "cut_pow": 2, "cutout_batch": 1,
                 "corrected_augmentations": true, "judge": "b.pt", "best_of": 2, "clip_activation": "gelu"}
                """#
        ).canonicalJSON()
        let encoded = try JSONSerialization.jsonObject(with: Data(all.utf8)) as? [String: Any]
        #expect(try #require(encoded).keys.allSatisfy { properties[$0] != nil })
    }
}
