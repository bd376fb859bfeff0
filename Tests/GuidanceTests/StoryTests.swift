import Foundation
import Imaging
import TensorCPU
import TensorCore
import Testing

@testable import Guidance

@Suite("Stories")
struct StoryTests {
    @Test("Phrases share the iterations equally, the first one first, or take turns and start again")
    func timing() {
        func phrases(_ timing: StoryTiming) -> [Int] { (0..<timing.iterations).map { timing.moment(at: $0).phrase } }
        #expect(phrases(StoryTiming(phrases: 3, iterations: 8)) == [0, 0, 1, 1, 1, 2, 2, 2])
        #expect(phrases(StoryTiming(phrases: 3, iterations: 3)) == [0, 1, 2])
        #expect(phrases(StoryTiming(phrases: 2, iterations: 9, every: 2)) == [0, 0, 1, 1, 0, 0, 1, 1, 0])
        #expect(phrases(StoryTiming(phrases: 1, iterations: 2, every: 1)) == [0, 0])
        for (count, iterations) in [(2, 7), (5, 23), (7, 7), (4, 1000)] {
            let timing = StoryTiming(phrases: count, iterations: iterations)
            for turn in 0..<count {
                let start = timing.start(ofTurn: turn)
                #expect(timing.moment(at: start).phrase == turn)
                if start > 0 { #expect(timing.moment(at: start - 1).phrase == turn - 1) }
            }
        }
    }

    @Test("A change takes so many iterations in equal steps, and none before the first phrase")
    func blending() {
        let timing = StoryTiming(phrases: 2, iterations: 12, every: 4, blend: 3)
        let moments = (0..<12).map { timing.moment(at: $0) }
        #expect(moments[0..<4].allSatisfy { $0 == .init(phrase: 0) })
        #expect(moments[4] == .init(phrase: 1, change: .init(from: 0, share: 0.25)))
        #expect(moments[5] == .init(phrase: 1, change: .init(from: 0, share: 0.5)))
        #expect(moments[6] == .init(phrase: 1, change: .init(from: 0, share: 0.75)))
        #expect(moments[7] == .init(phrase: 1))
        // The third turn is the first phrase again.
        #expect(moments[8] == .init(phrase: 0, change: .init(from: 1, share: 0.25)))
    }

    @Test("A direction on the way stays on the sphere, at the right angle from both ends")
    func sphere() {
        let (a, b): ([Float], [Float]) = ([2, 0, 0], [0.3, 0.4, 0])
        let whole = acos(Float(0.6))
        for t: Float in [0, 0.25, 0.5, 0.9, 1] {
            let c = slerp(a, b, t)
            #expect(abs(c.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6 && abs(c[0] - cos(t * whole)) < 1e-6)
            #expect(abs(c[1] - sin(t * whole)) < 1e-6 && c[2] == 0)
        }
        let near = slerp([1, 0], [1, 1e-6], 0.5)
        #expect(abs(near[0] - 1) < 1e-6 && abs(near[1] - 5e-7) < 1e-9)
        #expect(slerp([1, 0], [-1, 0], 0.4) == [1, 0] && slerp([1, 0], [-1, 0], 0.6) == [-1, 0])
    }

    private func schedule(_ phrases: [[Prompt]], blend: Int) -> PromptSchedule {
        PromptSchedule(
            phrases: phrases, constant: [prompt([0, 0, 1], weight: 3)],
            timing: StoryTiming(phrases: phrases.count, iterations: 8, blend: blend))
    }

    private let backend = CPUBackend(threads: 1)

    private func prompt(_ direction: [Float], weight: Float, region: MaskRegion? = nil) -> Prompt {
        Prompt(
            embedding: Tensor(direction, shape: [1, 3], on: backend), weight: weight, stop: -.infinity, region: region)
    }

    @Test("Partners turn into each other; the lonely, the moved and those that change sides fade; columns stay")
    func pairs() {
        let left = MaskRegion(mask: FileReference(name: "left.png"), isOutside: false)
        let story = schedule(
            [
                [prompt([1, 0, 0], weight: 1), prompt([1, 0, 0], weight: 1), prompt([1, 0, 0], weight: 1)],
                [
                    prompt([0, 1, 0], weight: 3), prompt([0, 1, 0], weight: -1),
                    prompt([0, 1, 0], weight: 1, region: left), prompt([0, 1, 0], weight: 4),
                ],
            ], blend: 3)
        let before = story.columns(at: 3)
        #expect(before.map(\.count) == [1, 1, 1, 0, 1])
        #expect(before[0][0].embedding.values == [1, 0, 0] && before[4][0].weight == 3)
        let middle = story.columns(at: 5)
        #expect(middle.map(\.count) == [1, 2, 2, 1, 1])
        #expect(middle[0][0].weight == 2)
        #expect(middle[0][0].embedding.values.allSatisfy { $0 == 0 || abs($0 - 0.70710678) < 1e-6 })
        #expect(middle[1].map(\.weight) == [0.5, -0.5] && middle[2].map(\.region) == [nil, left])
        #expect(middle[3].map(\.weight) == [2])
        let after = story.columns(at: 7)
        #expect(after.map(\.count) == [1, 1, 1, 1, 1] && after[0][0].embedding.values == [0, 1, 0])
    }

    @Test(
        "A render that stops in the middle of a change goes on with the same bits, image and noise prompts and all",
        arguments: [4, 7])
    func resume(after done: Int) throws {
        let fixture = try StarterFixture()
        var spec = RenderDefaults.starter.spec
        spec.prompt = "a red flower|sky@inside=half:0.5 ^ a blue fish ^ snow|green:-0.5"
        (spec.start, spec.iterations, spec.views.count, spec.size) = (.image, 9, 2, PictureSize(width: 48, height: 32))
        (spec.startImage, spec.starting.keepMask) = (FileReference(name: "s.png"), FileReference(name: "k.png"))
        spec.prompting.images = [ImagePrompt(file: FileReference(name: "i.png"), weight: 0.5)]
        spec.prompting.noises = [NoisePrompt(seed: 7, weight: 0.3)]
        spec.prompting.masks = [FileReference(name: "half.png")]
        spec.prompting.storyBlend = 2
        let half = RGBImage.halves(width: 48, height: 32, left: .white, right: .black)
        let pictures = RenderPictures([
            FileReference(name: "s.png"): half, FileReference(name: "k.png"): half,
            FileReference(name: "half.png"): half,
            FileReference(name: "i.png"): RGBImage(width: 20, height: 30, color: RGBColor(0x2060C0)),
        ])
        func loop(_ checkpoint: RenderCheckpoint? = nil) throws -> RenderLoop {
            try RenderLoop(
                spec: spec, models: fixture.models, backend: fixture.backend, pictures: pictures, resuming: checkpoint)
        }
        var whole = try loop()
        var part = try loop()
        try whole.run()
        try part.run(done)
        var resumed = try loop(try RenderCheckpoint(decoding: part.checkpoint().encoded()))
        try resumed.run()
        let (sameState, sameResult) = (resumed.checkpoint() == whole.checkpoint(), resumed.result() == whole.result())
        #expect(sameState && sameResult)
        // Two places of the story, an image prompt, a noise prompt.
        #expect(whole.steps.allSatisfy { $0.terms.count == 4 && $0.terms[2] > 0 && $0.terms[3] > 0 })
        #expect(whole.steps[4].terms[1] > 0 && whole.steps[5].terms[1] == 0 && whole.steps[8].terms[1] < 0)
    }
}

extension RGBImage {
    /// Two colours beside each other.
    static func halves(width: Int, height: Int, left: RGBColor, right: RGBColor) -> RGBImage {
        var image = RGBImage(width: width, height: height, color: left)
        for y in 0..<height { for x in (width / 2)..<width { image[x, y] = right } }
        return image
    }
}
