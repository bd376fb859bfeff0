import Foundation
import Guidance
import Testing

@Suite("Settings of prompts and starts")
struct PromptSettingsTests {
    private static let digest = String(repeating: "0e", count: 32)

    private func spec(_ members: String) throws -> RenderSpec {
        try RenderSpec(json: "{\"prompt\": \"x\", \(members)}")
    }

    @Test(
        "Image prompts peel numbers off the end and nothing else",
        arguments: [
            ("a.png", ImagePrompt(file: FileReference(name: "a.png"))),
            ("a.png:2", ImagePrompt(file: FileReference(name: "a.png"), weight: 2)),
            ("a.png : -0.5:0.7", ImagePrompt(file: FileReference(name: "a.png"), weight: -0.5, stop: 0.7)),
            ("http://example.org:80/a.png", ImagePrompt(file: FileReference(name: "http://example.org:80/a.png"))),
            ("C:/pictures/a.png:3", ImagePrompt(file: FileReference(name: "C:/pictures/a.png"), weight: 3)),
            (#"take\\:2"#, ImagePrompt(file: FileReference(name: "take:2"))),
            ("take:2", ImagePrompt(file: FileReference(name: "take"), weight: 2)),
            (
                "a.png@sha256:\(digest)@inside=left:2",
                ImagePrompt(
                    file: FileReference(name: "a.png", sha256: digest), weight: 2,
                    region: PromptRegion(.inside, of: "left"))
            ),
            ("a.png@sha256:\(digest)", ImagePrompt(file: FileReference(name: "a.png", sha256: digest))),
        ])
    func imagePrompts(text: String, expected: ImagePrompt) throws {
        let json = "\"image_prompts\": [\"\(text)\"], \"prompt_masks\": [\"left.png\"]"
        let read = try spec(json)
        #expect(read.prompting.images == [expected])
        // Written and read again, nothing changes.
        #expect(try RenderSpec(json: try read.canonicalJSON()) == read)
    }

    @Test("Lists may be written as one text, noise prompts also as numbers, and empty ones are not written")
    func lists() throws {
        let read = try spec(#""image_prompts": "a.png:2|b.png", "noise_prompts": [7, "8:0.5:1"]"#)
        #expect(read.prompting.images.map(\.file.name) == ["a.png", "b.png"])
        #expect(read.prompting.noises == [NoisePrompt(seed: 7), NoisePrompt(seed: 8, weight: 0.5, stop: 1)])
        let plain = try spec(#""image_prompts": []"#).canonicalJSON()
        #expect(!plain.contains("image_prompts") && !plain.contains("story") && !plain.contains("keep_mask"))
    }

    @Test("Masks that a text names need not be listed, and folders and endings do not matter")
    func masks() throws {
        let read = try RenderSpec(json: #"{"prompt": "a@inside=m/left.png|b@outside=left|c@inside=right"}"#)
        #expect(read.prompting.masks.map(\.name) == ["m/left.png", "right"])
        let pinned = "/data/left.png@sha256:\(Self.digest)"
        let listed = try RenderSpec(json: "{\"prompt\": \"a@inside=m/left.png\", \"prompt_masks\": [\"\(pinned)\"]}")
        #expect(listed.prompting.masks == [FileReference(text: pinned)])
        #expect(
            RenderSpec.masksNamed(prompt: "a@inside=m/left.png", imagePrompts: ["p.png@outside=r:2|q.png"])
                == ["m/left.png", "r"])
    }

    @Test("Every file of a specification is listed with its setting, the embedded models are not")
    func files() throws {
        let read = try spec(
            #""clip": "c.pt", "start_image": "s.png", "keep_mask": "k.png", "image_prompts": ["i.png@inside=m"]"#)
        #expect(
            read.files.map { "\($0.setting) \($0.reference.name) \($0.content)" } == [
                "image_prompts i.png picture", "prompt_masks m picture", "start_image s.png picture",
                "keep_mask k.png picture", "clip c.pt model",
            ])
    }

    @Test("Files in any setting can be replaced, one text may name several")
    func replacement() throws {
        func replaced(_ key: String, _ text: String) throws -> [String] {
            try #require(RenderSettings.named(key)).replacingFiles(in: text) {
                FileReference(name: "/d/" + $0.name, sha256: Self.digest)
            }
        }
        let mark = "@sha256:\(Self.digest)"
        #expect(try replaced("start_image", "a:1.png") == ["/d/a:1.png\(mark)"])
        #expect(
            try replaced("image_prompts", #"a\:1:2 | b.png@inside=m:0.5:1"#)
                == [#"/d/a\:1\#(mark):2.0"#, "/d/b.png\(mark)@inside=m:0.5:1.0"])
        #expect(try replaced("prompt_masks", "a.png|b.png") == ["/d/a.png\(mark)", "/d/b.png\(mark)"])
        #expect(try replaced("prompt", "a|b") == ["a|b"])
    }

    @Test(
        "Contradictions are refused in one line",
        arguments: [
            (#"{"prompt": "x", "story_every": 10}"#, "“story_every” needs a story"),
            (#"{"prompt": "x", "story_blend": 10}"#, "“story_blend” needs a story"),
            (#"{"prompt": "a ^ b ^ c", "iterations": 20, "story_every": 10}"#, "phrase 3 of the story would never"),
            (#"{"prompt": "a ^ b ^ c", "iterations": 2}"#, "phrase 3 of the story would never"),
            (#"{"prompt": "a ^ b", "iterations": 20, "story_blend": 11}"#, "a phrase lasts only 10 iterations"),
            (#"{"prompt": "a ^ b", "iterations": 20, "story_every": 4, "story_blend": 5}"#, "lasts only 4"),
            (#"{"prompt": "a ^ ", "iterations": 20}"#, "phrase 2 of 2 is empty"),
            (#"{"prompt": "a@inside=l", "prompt_masks": ["r.png"]}"#, "“l”, which is not among “prompt_masks”"),
            (#"{"prompt": "a@inside=l", "prompt_masks": ["a/l.png", "b/l.png"]}"#, "2 files called “l”"),
            (#"{"prompt": "a", "image_prompts": [3.5]}"#, "“image_prompts” must be a list such as [photo.png:0.5]"),
            (#"{"prompt": "a", "image_prompts": ["a.png|"]}"#, "a name of 0 bytes"),
            (#"{"prompt": "a", "image_prompts": ["a.png:inf"]}"#, "finite weights"),
            (#"{"prompt": "a", "noise_prompts": ["a"]}"#, "seeds such as 7:0.5"),
            (#"{"prompt": "a", "noise_prompts": ["1:2:3:4"]}"#, "seeds such as 7:0.5"),
            (#"{"prompt": "a", "keep_mask": "k.png"}"#, "“keep_mask” needs a “start_image”"),
            (#"{"prompt": "a", "start_fit": "fill"}"#, "“start_fit” needs a “start_image”"),
            (#"{"prompt": "a", "start": "pixels", "start_noise": 0.5}"#, "“start_noise” needs a “start_image”"),
            (#"{"prompt": "a", "start_image": "a.png", "start_fit": "cover"}"#, "“start_fit” cannot be “cover”"),
        ])
    func refusals(json: String, part: String) throws {
        let error = try #require(throws: RenderSpecError.self) { _ = try RenderSpec(json: json) }
        #expect(error.description.contains(part), "\(error)")
        #expect(!error.description.contains("\n"))
    }
}
