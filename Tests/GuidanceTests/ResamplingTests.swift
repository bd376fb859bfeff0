import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Resampling of crops")
struct ResamplingTests {
    @Test(
        "The low-pass has the published taps",
        arguments: [
            (512, [-0.007759, -0.037377, 0.043046, 0.285435, 0.433311]),
            (400, [-0.016199, -0.032401, 0.271269, 0.554661]),
            (288, [-0.040821, 0.155805, 0.770033]),
            (256, [-0.015397, 0.085427, 0.859940]),
        ])
    func taps(input: Int, half: [Double]) {
        let expected = half + half.dropLast().reversed()
        let taps = lanczosTaps(from: input, to: 224)
        #expect(taps.count == expected.count)
        // The published figures have six digits.
        #expect(zip(taps, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(taps)")
        #expect(taps.count % 2 == 1 && taps == taps.reversed())
    }

    @Test("Every row of a resampling sums to one", arguments: [(512, 224), (300, 224), (225, 224), (64, 224), (9, 7)])
    func rows(input: Int, output: Int) {
        let matrix = resampleMatrix(from: input, to: output)
        for row in 0..<output {
            #expect(abs(matrix[(row * input)..<((row + 1) * input)].reduce(0, +) - 1) < 2e-6)
        }
    }

    @Test("An enlargement keeps the corners and passes through the pixels it meets")
    func enlarging() {
        let matrix = resampleMatrix(from: 3, to: 5)
        // Every other output lies on a pixel.
        for (row, column) in [(0, 0), (2, 1), (4, 2)] {
            #expect((0..<3).allSatisfy { matrix[row * 3 + $0] == ($0 == column ? 1 : 0) })
        }
    }

    @Test("Crops have the drawn sizes and lie inside; a power above one favours small ones")
    func crops() throws {
        func crops(_ power: Double) throws -> [Crop] {
            try #require(
                AugmentedCutouts(counts: 500, side: 32, source: .crops(power: power))
                    .parameters(height: 90, width: 120, seed: 1, iteration: 3).crops)
        }
        let even = try crops(1)
        #expect(even.allSatisfy { (32...90).contains($0.size) && $0.x >= 0 && $0.y >= 0 })
        #expect(even.allSatisfy { $0.x + $0.size <= 120 && $0.y + $0.size <= 90 })
        let mean = Double(even.map(\.size).reduce(0, +)) / 500
        // Uniform in 32 ... 90: mean 60.5, five deviations of the mean of 500 draws are 3.8.
        #expect(abs(mean - 60.5) < 3.8)
        let small = Double(try crops(3).map(\.size).reduce(0, +)) / 500
        // U³ has the mean ¼.
        #expect(abs(small - (32 + 58 * 0.25 - 0.5)) < 4.5)
        let whole = try #require(
            AugmentedCutouts(counts: 20, side: 64, source: .crops(power: 1))
                .parameters(height: 40, width: 48, seed: 1, iteration: 0).crops)
        #expect(whole.allSatisfy { $0.size == 40 })
    }

    @Test("A crop of the view's size keeps its bits")
    func exact() {
        let backend = CPUBackend(threads: 1)
        let picture = testPicture(height: 20, width: 26)
        let drawn = AugmentedCutouts.Drawn(count: 1, side: 12, crops: [Crop(x: 9, y: 5, size: 12)])
        let view = drawn.views(of: Tensor(picture, shape: [1, 20, 26, 3], on: backend), 0..<1).values
        let expected = (0..<12).flatMap { row -> ArraySlice<Float> in
            let start = ((row + 5) * 26 + 9) * 3
            return picture[start..<(start + 36)]
        }
        #expect(view == expected)
    }
}
