import Foundation
import Imaging
import TensorCPU
import TensorCore
import Testing

@testable import Guidance

@Suite("Regularisers")
struct RegularizerTests {
    private let backend = CPUBackend(threads: 1)
    private let size = PictureSize(width: 6, height: 5)

    private func random(_ shape: Shape, seed: UInt64, around mean: Float, spread: Float) -> Tensor {
        var numbers = Philox(seed: seed, stream: 7)
        return Tensor(
            (0..<shape.count).map { _ in mean + spread * (2 * numbers.uniform() - 1) }, shape: shape, on: backend)
    }

    private var z: Tensor { random([1, 2, 3, 4], seed: 1, around: 0.2, spread: 1) }
    private var start: Tensor { random([1, 2, 3, 4], seed: 2, around: -0.1, spread: 1) }
    private var image: Tensor { random([1, 5, 6, 3], seed: 3, around: 0.5, spread: 0.45) }

    /// A picture that lies on both sides of `image`, but nowhere so near that a step changes sides.
    private var other: Tensor {
        let values = image.values.enumerated().map { $1 + ($0 % 3 == 0 ? 0.1 : -0.2) }
        return Tensor(values, shape: image.shape, on: backend)
    }

    private func terms(_ change: (inout RegularizerSettings) -> Void, seamless: CircularAxes = []) -> [any Regularizer]
    {
        var settings = RegularizerSettings()
        change(&settings)
        let other = self.other
        return settings.regularizers(start: start, decode: { _ in other }, size: size, seamless: seamless)
    }

    /// The slope of a term in one random direction, by central differences and by the tape.
    private func checkGradient(_ term: any Regularizer, iteration: Int = 3, _ comment: String) {
        let (zLeaf, imageLeaf) = (z.tracked(), image.tracked())
        let loss = term.loss(of: zLeaf, image: imageLeaf, iteration: iteration)
        let gradients = gradient(of: loss, withRespectTo: [zLeaf, imageLeaf])
        for (leaf, isLatent) in [(zLeaf, true), (imageLeaf, false)] {
            let slopes = gradients[isLatent ? 0 : 1].values
            let direction = random(leaf.shape, seed: 5, around: 0, spread: 1).values
            // A step that no |x| and no nearest colour changes sides on, and large enough for single precision.
            let step: Float = 2e-3
            func value(_ sign: Float) -> Float {
                let moved = Tensor(
                    zip(leaf.values, direction).map { $0 + sign * step * $1 }, shape: leaf.shape, on: backend)
                return term.loss(of: isLatent ? moved : z, image: isLatent ? image : moved, iteration: iteration).scalar
            }
            let numeric = (value(1) - value(-1)) / (2 * step)
            let analytic = zip(slopes, direction).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(numeric - analytic) < 2e-3 * max(0.1, abs(analytic)), "\(comment), latent \(isLatent)")
        }
    }

    @Test(
        "Gradients of the ways to hold the latent back equal finite differences", arguments: InitWeightMethod.allCases)
    func initWeightGradients(method: InitWeightMethod) throws {
        let term = try #require(terms { ($0.initWeight, $0.initWeightMethod) = (1.5, method) }.first)
        checkGradient(term, "\(method)")
    }

    @Test(
        "Gradients of the picture's terms equal finite differences, with borders and without",
        arguments: [[], CircularAxes.horizontal, [.horizontal, .vertical]])
    func pictureGradients(seamless: CircularAxes) {
        let all = terms(
            {
                ($0.totalVariation, $0.smoothness, $0.saturation) = (2, 0.7, 1.3)
                ($0.palette, $0.symmetry) = (Palette([RGBColor(0x204080), RGBColor(0xFFCC00), .black]), .both)
            }, seamless: seamless)
        #expect(
            all.map(\.name) == [
                "total_variation", "smoothness", "palette", "saturation", "symmetry_left_right", "symmetry_up_down",
            ])
        for term in all { checkGradient(term, term.name) }
    }

    @Test("The ways to hold the latent back have the published values")
    func initWeightValues() throws {
        func value(_ method: InitWeightMethod, _ iteration: Int) throws -> Float {
            try #require(terms { ($0.initWeight, $0.initWeightMethod) = (1.5, method) }.first)
                .loss(of: z, image: image, iteration: iteration).scalar
        }
        func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
        let square = mean(z.values.map { $0 * $0 })
        let pairs = Array(zip(z.values, start.values))
        #expect(abs(try value(.decay, 0) - 0.75 * square) < 1e-6)
        #expect(abs(try value(.decay, 4) - 0.75 * square / 9) < 1e-6)
        #expect(abs(try value(.steps, 49) - 0.75 * square) < 1e-6)
        #expect(abs(try value(.steps, 120) - 0.75 * square * 0.6) < 1e-6)
        #expect(try value(.steps, 300) == 0)
        #expect(abs(try value(.original, 9) - 0.75 * mean(pairs.map { ($0 - $1) * ($0 - $1) })) < 1e-6)
        let product = pairs.reduce(Float(0)) { $0 + $1.0 * $1.1 }
        let lengths = [z, start].map { $0.values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let cosine = product / (lengths[0] * lengths[1])
        #expect(abs(try value(.cosine, 2) - 1.5 * (1 - cosine)) < 1e-5)
        #expect(abs(try value(.spherical, 2) - 1.5 * pow(acos(cosine), 2) / 2) < 1e-5)
        #expect(
            abs(try value(.pixels, 1) - 0.75 * mean(zip(image.values, other.values).map { abs($0 - $1) })) < 1e-6)
    }

    private func picture(_ color: (_ x: Int, _ y: Int) -> [Float]) -> Tensor {
        Tensor(
            (0..<size.height).flatMap { y in (0..<size.width).flatMap { color($0, y) } },
            shape: [1, size.height, size.width, 3], on: backend)
    }

    private func value(_ image: Tensor, seamless: CircularAxes = [], _ change: (inout RegularizerSettings) -> Void)
        -> Float
    {
        terms(change, seamless: seamless).reduce(0) { $0 + $1.loss(of: z, image: image, iteration: 0).scalar }
    }

    @Test("Pictures that are what a term asks for cost nothing, others what the formula says")
    func pictureValues() {
        let ramp = picture { x, y in [Float(x) * 0.1, Float(x) * 0.1, Float(y) * 0.2] }
        // 25 of 30 pixels differ by 0.1 to the right in two channels, 24 of 30 by 0.2 downwards in one.
        #expect(abs(value(ramp) { $0.totalVariation = 1 } - (25 * 2 * 0.01 + 24 * 0.04) / 90) < 1e-6)
        // Where the borders meet, every pixel has neighbours: five steps of 0.1 and one of 0.5.
        #expect(
            abs(
                value(ramp, seamless: .horizontal) { $0.totalVariation = 1 } - (5 * 2 * (5 * 0.01 + 0.25) + 24 * 0.04)
                    / 90)
                < 1e-6)
        #expect(abs(value(ramp) { $0.smoothness = 3 } - (0.1 + 0.1 + 0.2)) < 1e-5)
        #expect(value(picture { x, _ in [Float(min(x, 5 - x)), 0, 1] }) { $0.symmetry = .leftRight } == 0)
        #expect(value(picture { _, y in [Float(min(y, 4 - y)), 0, 1] }) { $0.symmetry = .upDown } == 0)
        #expect(value(picture { x, _ in [Float(x < 3 ? 0 : 1), 0, 1] }) { $0.symmetry = .both } == Float(1) / 3)
        let palette = Palette([RGBColor(0x0000FF), .white])
        #expect(value(picture { x, _ in x < 3 ? [0, 0, 1] : [1, 1, 1] }) { $0.palette = palette } == 0)
        #expect(abs(value(picture { _, _ in [0.3, 0.4, 1] }) { $0.palette = palette } - 0.5) < 1e-6)
        #expect(value(picture { x, y in [Float](repeating: Float(x + y) / 10, count: 3) }) { $0.saturation = 1 } == 0)
        // All red: no spread, means of 1 and of a half.
        let red = value(picture { _, _ in [1, 0, 0] }) { $0.saturation = 2 }
        #expect(abs(red + 2 * 0.3 * Float(1.25).squareRoot()) < 1e-6)
    }

    @Test("A palette is read from hexadecimal digits and written so that it reads again")
    func palette() throws {
        let json = ##"{"prompt":"x","palette":["#ff8800","203040"],"learning_rate_drops":[0.5,0.75]}"##
        let spec = try RenderSpec(json: json)
        #expect(spec.regularizers.palette == Palette([RGBColor(0xFF8800), RGBColor(0x203040)]))
        #expect(spec.descent.learningRateDrops == [0.5, 0.75])
        #expect(try spec.canonicalJSON().contains(##""palette":["#ff8800","#203040"]"##))
        #expect(try RenderSpec(json: try spec.canonicalJSON()) == spec)
        for (wrong, part) in [
            (#""palette":["orange"]"#, "#ff8800"), (#""palette":[]"#, "1 ... 256 colours"),
            (#""palette":"ff8800""#, "a list such as"), (#""palette":["+12345"]"#, "colours as in"),
            (#""learning_rate_drops":[2]"#, "0.0 ... 1.0"), (#""learning_rate_drops":0.5"#, "a list"),
            (#""palette_weight":1"#, "without a “palette”"), (#""symmetry_weight":1"#, "without “symmetry”"),
            (#""init_weight_method":"cosine""#, "without “init_weight”"),
            (#""plateau_improvement":1"#, "without “plateau_iterations”"),
            (#""learning_rate_drop_factor":2"#, "without “learning_rate_drops”"),
            (#""tv_weight":1"#, "total_variation"),
            (#""ema":1"#, "latent_average"),
        ] {
            let error = #expect(throws: RenderSpecError.self) { try RenderSpec(json: #"{"prompt":"x",\#(wrong)}"#) }
            #expect(error?.description.contains(part) == true, "\(wrong): \(error?.description ?? "")")
        }
    }
}
