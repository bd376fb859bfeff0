import Foundation
import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Cutouts")
struct CutoutsTests {
    let backend = CPUBackend(threads: 1)

    @Test("A reduction by two weighs four pixels by their distance and cuts at the border")
    func halving() {
        // The triangle around 1 reaches from -1 to 3: weights ¾, ¾, ¼ of the pixels inside, divided by their sum.
        let expected: [Float] = [3 / 7, 3 / 7, 1 / 7, 0, 0, 1 / 7, 3 / 7, 3 / 7]
        for (value, wanted) in zip(bilinearMatrix(from: 4, to: 2), expected) { #expect(abs(value - wanted) < 1e-7) }
    }

    @Test("An enlargement interpolates between centres and holds the border; the same size is the identity")
    func enlarging() {
        #expect(bilinearMatrix(from: 2, to: 4) == [1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1])
        #expect(bilinearMatrix(from: 3, to: 3) == [1, 0, 0, 0, 1, 0, 0, 0, 1])
    }

    @Test("Every row of a resize sums to one", arguments: [(64, 48), (100, 72), (48, 64), (7, 3)])
    func rows(input: Int, output: Int) {
        let matrix = bilinearMatrix(from: input, to: output)
        for row in 0..<output {
            let sum = matrix[(row * input)..<((row + 1) * input)].reduce(0, +)
            #expect(abs(sum - 1) < 1e-6)
        }
    }

    @Test("Pooled views are half average and half maximum of the whole picture, all alike without augmentations")
    func pooled() {
        let (height, width, side) = (10, 7, 4)
        let picture = Picture(values: testPicture(height: height, width: width), height: height, width: width)
        let tensor = Tensor(picture.values, shape: [1, height, width, 3], on: backend)
        let cutouts = AugmentedCutouts(counts: 3, side: side, source: .pooled)
        let result = cutouts.views(of: tensor, seed: 1, iteration: 0)
        #expect(result.shape == [3, side, side, 3])
        let expected = (0..<(side * side * 3)).map { i -> Double in
            let (x, y, c) = (i / 3 % side, i / 3 / side, i % 3)
            let rows = (y * height / side)..<(((y + 1) * height + side - 1) / side)
            let columns = (x * width / side)..<(((x + 1) * width + side - 1) / side)
            let window = rows.flatMap { row in columns.map { picture[row, $0, c] } }
            return (window.reduce(0, +) / Double(window.count) + (window.max() ?? 0)) / 2
        }
        #expect(largestDifference(result.values, expected + expected + expected) < 1e-6)
    }

    @Test("Noise is added with its own strength per view and left unclamped")
    func pooledNoise() throws {
        let picture = Tensor(repeating: 1, shape: [1, 32, 32, 3], on: backend)
        let cutouts = AugmentedCutouts(counts: 6, side: 32, source: .pooled, noise: 0.1)
        let parameters = cutouts.parameters(height: 32, width: 32, seed: 9, iteration: 4)
        let noise = try #require(parameters.noise).values
        let values = parameters.views(of: picture, 0..<6).values
        #expect(zip(values, noise).allSatisfy { $0 == 1 + $1 })
        let deviations = (0..<6).map { view -> Float in
            let part = noise[(view * 3072)..<((view + 1) * 3072)]
            return (part.reduce(0) { $0 + $1 * $1 } / 3072).squareRoot()
        }
        // A standard deviation of 3072 numbers is known to 1.3 %; the draws lie in 0 ... 0.1.
        #expect(deviations.allSatisfy { $0 < 0.106 } && Set(deviations).count == 6)
        #expect(values.contains { $0 > 1 })
    }

    @Test("The same seed and iteration draw the same views, others draw others")
    func streams() {
        let cutouts = GentleCutouts(counts: 4, side: 24, noise: 0.25)
        let first = cutouts.parameters(seed: 3, iteration: 7)
        #expect(cutouts.parameters(seed: 3, iteration: 7).views == first.views)
        #expect(cutouts.parameters(seed: 3, iteration: 7).white?.values == first.white?.values)
        #expect(cutouts.parameters(seed: 3, iteration: 8).views != first.views)
        #expect(cutouts.parameters(seed: 4, iteration: 7).white?.values != first.white?.values)
    }

    @Test("Gentle parameters stay within the recipe's ranges")
    func gentleRanges() {
        let views = GentleCutouts(counts: 600, side: 8, noise: 0).parameters(seed: 1, iteration: 0).views
        #expect(views.allSatisfy { (0.65...1.08).contains($0.scale) && abs($0.angle) <= 0.14 })
        #expect(views.allSatisfy { (0.92...1.084).contains($0.aspect) && abs($0.offset) <= 0.05 })
        #expect(views.allSatisfy { (0.9...1.1).contains($0.gain) && (0.9...1.1).contains($0.saturation) })
        #expect(views.allSatisfy { max(abs($0.center.x), abs($0.center.y)) <= max(1 - $0.scale, 0.03) })
        #expect(views.allSatisfy { max(abs($0.perspective.x), abs($0.perspective.y)) <= 0.1 })
        // Five standard deviations of 600 draws at 0.6 and 0.5.
        #expect(abs(views.count { $0.angle != 0 } - 360) < 60)
        #expect(abs(views.count { $0.perspective != SIMD2(0, 0) } - 300) < 62)
    }

    @Test("A gentle view follows the recipe's formulas pixel by pixel")
    func gentle() {
        let (size, side) = (16, 12)
        let picture = Picture(values: testPicture(height: size, width: size), height: size, width: size)
        var view = GentleCutouts.View()
        (view.scale, view.angle, view.aspect, view.center) = (0.8, 0.11, 1.06, SIMD2(0.15, -0.1))
        (view.perspective, view.gain, view.offset, view.saturation) = (SIMD2(0.07, -0.09), 1.08, -0.03, 0.92)
        var random = Philox(seed: 2, stream: 7)
        let coarse = GentleCutouts.coarseCells.map { cells in random.normals(cells * cells * 3).map { $0 * 0.05 } }
        let white = random.normals(side * side * 3).map { $0 * 0.1 }
        let drawn = GentleCutouts.Drawn(
            side: side, views: [view], coarse: coarse.map { ViewNoise(values: $0, each: $0.count) },
            white: ViewNoise(values: white, each: white.count))
        let result = drawn.views(of: Tensor(picture.values, shape: [1, size, size, 3], on: backend), 0..<1)

        let (s, n) = (Double(side), Double(size))
        let (c, d) = (0.8 * cos(0.11), 0.8 * sin(0.11))
        let expected = (0..<(side * side)).flatMap { pixel -> [Double] in
            let (x, y) = ((2 * Double(pixel % side) + 1) / s - 1, (2 * Double(pixel / side) + 1) / s - 1)
            var (u, v) = (1.06 * c * x - d * y + 0.15, d * x + c / 1.06 * y - 0.1)
            let w = 1 + 0.07 * u - 0.09 * v
            (u, v) = (u / w, v / w)
            let color = (0..<3).map {
                picture.borderPadded(((u + 1) * n - 1) / 2, ((v + 1) * n - 1) / 2, $0) * 1.08 - 0.03
            }
            let gray = color.reduce(0, +) / 3
            return (0..<3).map { channel in
                var value = gray + (color[channel] - gray) * 0.92 + Double(white[pixel * 3 + channel])
                for (cells, noise) in zip(GentleCutouts.coarseCells, coarse) {
                    let grid = Picture(values: noise, height: cells, width: cells)
                    let k = Double(cells) / s
                    // Reducing 24 cells to 12 would be antialiased, so this side is not below any count but 24.
                    if cells <= side {
                        value += grid.borderPadded(
                            (Double(pixel % side) + 0.5) * k - 0.5, (Double(pixel / side) + 0.5) * k - 0.5, channel)
                    } else {
                        value += resizedSample(grid, to: side, x: pixel % side, y: pixel / side, channel)
                    }
                }
                return min(max(value, 0), 1)
            }
        }
        // Single precision against double, with noise of up to four terms.
        #expect(largestDifference(result.values, expected) < 2e-5)
    }

    /// One sample of a separable resize by the matrix's rows.
    private func resizedSample(_ picture: Picture, to side: Int, x: Int, y: Int, _ channel: Int) -> Double {
        let matrix = bilinearMatrix(from: picture.width, to: side)
        var sum = 0.0
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                let weight = Double(matrix[y * picture.width + row] * matrix[x * picture.width + column])
                sum += weight * picture[row, column, channel]
            }
        }
        return sum
    }

    @Test("A gentle view of a much larger picture averages instead of skipping pixels")
    func largePicture() {
        // Black and white columns alternate: sampling single pixels would give stripes, averaging gives gray.
        let size = 64
        let stripes = (0..<(size * size * 3)).map { Float(($0 / 3 % size) % 2) }
        let views = GentleCutouts.Drawn(side: 16, views: [GentleCutouts.View()]).views(
            of: Tensor(stripes, shape: [1, size, size, 3], on: backend), 0..<1)
        #expect(views.values.allSatisfy { abs($0 - 0.5) < 0.2 })
    }
}
