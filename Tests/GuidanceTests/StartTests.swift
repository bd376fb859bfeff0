import CLIP
import Imaging
import TensorCPU
import TensorCore
import Testing
import VQGAN

@testable import Guidance

@Suite("Starts from pictures")
struct StartTests {
    @Test("A picture is stretched, fitted between gray bars, or fills the render and is cut")
    func placement() {
        let wide = RGBImage.halves(width: 40, height: 20, left: RGBColor(0xC00000), right: RGBColor(0x0000C0))
        let size = PictureSize(width: 16, height: 16)
        let stretched = wide.placed(in: size, .stretch)
        #expect(stretched == wide.resized(width: 16, height: 16))
        let fitted = wide.placed(in: size, .fit)
        #expect(fitted[0, 0] == RGBColor(0x808080) && fitted[15, 3] == RGBColor(0x808080))
        #expect(fitted[0, 4] == RGBColor(0xC00000) && fitted[15, 11] == RGBColor(0x0000C0))
        #expect(fitted[8, 12] == RGBColor(0x808080))
        let filled = wide.placed(in: size, .fill)
        #expect(Placement(width: 40, height: 20, in: size, .fill).scaled == PictureSize(width: 32, height: 16))
        #expect(filled[0, 0] == RGBColor(0xC00000) && filled[15, 15] == RGBColor(0x0000C0))
        let tall = Placement(width: 3, height: 500, in: size, .fit)
        #expect(tall.scaled == PictureSize(width: 1, height: 16) && tall.x == 7 && tall.y == 0)
    }

    @Test("Random pixels and ramps follow from the seed and stay in their ranges")
    func chance() {
        let size = PictureSize(width: 64, height: 32)
        var random = RandomPurpose.startPixels.stream(seed: 4)
        let noise = RandomPicture.pixels(size, from: &random)
        #expect(noise.pixels.max() == 254 && noise.pixels.min() == 0)
        let mean = noise.pixels.reduce(0.0) { $0 + Double($1) } / Double(noise.pixels.count)
        #expect(abs(mean - 127) < 3)
        for seed in UInt64(0)..<20 {
            var random = RandomPurpose.startGradient.stream(seed: seed)
            let ramps = RandomPicture.gradient(size, from: &random)
            let (first, last) = (ramps[0, 0], ramps[63, 31])
            #expect(first.red == 0 && first.green == 0 && last.red >= 1 && last.green >= 2 && last.blue <= 127)
            // Red runs across, the others down.
            #expect(ramps[63, 0].red == last.red && ramps[0, 31].red == 0)
            #expect(ramps[0, 31].green == last.green && ramps[63, 0].blue == first.blue)
        }
        let half = RGBImage(width: 64, height: 32, color: .white).mixed(with: noise, share: 0.5)
        #expect(half.pixels[5] == UInt8((127.5 + Float(noise.pixels[5]) / 2).rounded()))
    }

    @Test("Starts of chance are quantised latents that another seed changes", arguments: [Start.pixels, .gradient])
    func latents(start: Start) throws {
        let fixture = try StarterFixture()
        func latent(seed: UInt64) throws -> [Float] {
            try fixture.loop("x") { ($0.start, $0.seed, $0.views.count) = (start, seed, 1) }.checkpoint().latent
        }
        let first = try latent(seed: 1)
        let isSame = try latent(seed: 1) == first
        let isOther = try latent(seed: 2) != first
        #expect(isSame && isOther)
        let z = Tensor(first, shape: [1, 8, 8, fixture.models.vqgan.configuration.embedDim], on: fixture.backend)
        let isQuantized = fixture.models.vqgan.quantized(z).values == first
        #expect(isQuantized)
    }

    @Test("Prompts with masks get layouts of their own in a searched start")
    func search() throws {
        let fixture = try StarterFixture()
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.start) = ("red@inside=left|blue@outside=left", .search)
        spec.prompting.masks = [FileReference(name: "left.png")]
        let halves = RGBImage.halves(width: 64, height: 64, left: .white, right: .black)
        let image = try RenderLoop(
            spec: spec, models: fixture.models, backend: fixture.backend,
            pictures: RenderPictures([FileReference(name: "left.png"): halves])
        ).image()
        func mean(_ columns: Range<Int>) -> SIMD3<Double> {
            var sum = SIMD3<Double>(0, 0, 0)
            for x in columns {
                for y in 8..<56 {
                    let color = image[x, y]
                    sum += SIMD3(Double(color.red), Double(color.green), Double(color.blue))
                }
            }
            return sum / Double(columns.count * 48)
        }
        let (left, right) = (mean(4..<28), mean(36..<60))
        #expect(left.x > 1.5 * left.z && right.z > 1.5 * right.x, "\(left) \(right)")
    }
}

@Suite("Prompts in CLIP's space")
struct PromptEmbeddingTests {
    private func embedding(_ fixture: StarterFixture) -> PromptEmbedding {
        PromptEmbedding(
            model: fixture.models.judges[0],
            cutouts: CutoutMethod.cutouts(
                for: RenderDefaults.starter.spec, side: fixture.models.clip.configuration.imageSize),
            backend: fixture.backend)
    }

    @Test("A text that fits is embedded as it is; a longer one is the weighted mean of its pieces")
    func longTexts() throws {
        let fixture = try StarterFixture()
        let (clip, tokenizer) = (fixture.models.clip, fixture.models.tokenizer)
        let context = clip.configuration.contextLength
        let text = "a red flower in a white vase"
        let plain = try clip.encodeText([try tokenizer.tokens(text, contextLength: context)])
        let isPlain = try fixture.models.judges[0].embedding(of: text).values == plain.values
        #expect(isPlain)

        // One word is one piece's length less than fits twice.
        let words = (0..<(context + 10)).map { $0 % 3 == 0 ? "red" : "snow" }
        let tokens = tokenizer.encode(words.joined(separator: " "))
        let pieces = tokenizer.pieces(of: words.joined(separator: " "), contextLength: context)
        #expect(pieces.count >= 2 && pieces.allSatisfy { $0.sequence.count == context && $0.count <= context - 2 })
        #expect(pieces.flatMap { $0.sequence[1...$0.count] } == tokens)
        #expect(pieces.allSatisfy { $0.sequence[0] == tokenizer.startOfText })
        #expect(pieces.allSatisfy { $0.sequence[$0.count + 1] == tokenizer.endOfText })
        let rows = try pieces.map { try normalized(clip.encodeText([$0.sequence]).values) }
        let found = try fixture.models.judges[0].embedding(of: words.joined(separator: " ")).values
        for i in found.indices {
            let expected = zip(rows, pieces).reduce(0) { $0 + $1.0[i] * Float($1.1.count) / Float(tokens.count) }
            #expect(abs(found[i] - expected) < 1e-5)
        }
        // A single word of many tokens is cut within.
        let long = tokenizer.pieces(of: String(repeating: "xqz", count: context), contextLength: context)
        #expect(long.count > 1 && long[0].count == context - 2)
        #expect(tokenizer.pieces(of: "", contextLength: context).map(\.count) == [0])
    }

    @Test("Image prompts keep the embeddings of all views, drawn from the seed and their number")
    func pictures() throws {
        let fixture = try StarterFixture()
        var spec = RenderDefaults.starter.spec
        (spec.prompt, spec.views.count) = ("x", 3)
        let (a, b) = (FileReference(name: "a.png"), FileReference(name: "b.png"))
        spec.prompting.images = [ImagePrompt(file: a), ImagePrompt(file: b, weight: -2)]
        spec.prompting.noises = [NoisePrompt(seed: 7), NoisePrompt(seed: 8, weight: 0.5)]
        let picture = RGBImage.halves(width: 30, height: 90, left: .white, right: RGBColor(0xC02010))
        func rows(seed: UInt64) throws -> PromptSchedule {
            spec.seed = seed
            return try embedding(fixture).schedule(of: spec, pictures: RenderPictures([a: picture, b: picture]))
        }
        let first = try rows(seed: 1)
        #expect(first.constant.map { $0.embedding.shape[0] } == [8, 8, 1, 1])
        #expect(first.constant.map(\.weight) == [1, -2, 1, 0.5])
        let values = first.constant.map(\.embedding.values)
        let again = try rows(seed: 1).constant.map(\.embedding.values)
        let other = try rows(seed: 2).constant.map(\.embedding.values)
        // The same picture twice is seen through other views; noise follows from its own seed.
        let expected = again == values && values[0] != values[1] && other[0] != values[0] && other[2] == values[2]
        #expect(expected && values[2] != values[3])
    }
}
