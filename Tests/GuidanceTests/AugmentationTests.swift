import Foundation
import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Augmentations of the latest method")
struct AugmentationTests {
    let side = 15
    let backend = CPUBackend(threads: 1)
    var picture: Picture { Picture(values: testPicture(height: side, width: side), height: side, width: side) }
    var tensor: Tensor { Tensor(picture.values, shape: [1, side, side, 3], on: backend) }

    /// Values of one view in a batch.
    private func view(_ index: Int, of batch: Tensor) -> [Float] {
        let length = side * side * 3
        return Array(batch.values[(index * length)..<((index + 1) * length)])
    }

    @Test("An affine change follows kornia's matrices, its quirks included; an unselected view keeps its bits")
    func affine() {
        let changed = Affine.View(degrees: 12.5, shift: SIMD2(0, 1.3), shear: -4)
        var still = changed
        still.selected = false
        let result = Affine.Drawn(views: [changed, still])(tensor)
        #expect(result.shape == [2, side, side, 3])
        #expect(view(1, of: result) == picture.values)

        let c = Double(side - 1) / 2
        let (a, k) = (12.5 * Double.pi / 180, tan(-4 * Double.pi / 180))
        let rotation = Matrix3(m: [
            cos(a), -sin(a), c - cos(a) * c + sin(a) * c, sin(a), cos(a), c - sin(a) * c - cos(a) * c + 1.3, 0, 0, 1,
        ])
        let shear = Matrix3(m: [1, -k, k * c, 0, 1, 0, 0, 0, 1])
        let n = Matrix3.normalization(side: side)
        let back = (n * rotation * shear * n.inverse).inverse
        let s = Double(side)
        let expected = pixels { x, y, channel in
            let source = back((2 * x + 1) / s - 1, (2 * y + 1) / s - 1)
            return picture.zeroPadded(((source.x + 1) * s - 1) / 2, ((source.y + 1) * s - 1) / 2, channel)
        }
        // Coordinates in single precision are off by up to 1e-6 pixels, slopes are at most 1 a pixel.
        #expect(largestDifference(view(0, of: result), expected) < 2e-5)
    }

    @Test("A perspective change follows kornia's homography; an unselected view keeps its bits")
    func perspective() {
        let inset: [SIMD2<Float>] = [SIMD2(3.1, 0.4), SIMD2(0, 4.9), SIMD2(2.2, 1.7), SIMD2(4.4, 2.5)]
        let result = Perspective.Drawn(
            views: [Perspective.View(inset: inset), Perspective.View(selected: false, inset: inset)])(tensor)
        #expect(view(1, of: result) == picture.values)

        let last = Double(side - 1)
        let corners = [(0.0, 0.0), (last, 0), (last, last), (0, last)]
        let moved = [(3.1, 0.4), (last, 4.9), (last - 2.2, last - 1.7), (4.4, last - 2.5)]
        let n = Matrix3.normalization(side: side)
        let back = (n * homography(from: corners, to: moved) * n.inverse).inverse
        let s = Double(side)
        let expected = pixels { x, y, channel in
            let source = back(2 * x / last - 1, 2 * y / last - 1)
            let (u, v) = (source.x / (source.w + 1e-8), source.y / (source.w + 1e-8))
            return picture.zeroPadded(((u + 1) * s - 1) / 2, ((v + 1) * s - 1) / 2, channel)
        }
        // As above; the insets are rounded to single precision, which moves corners by 1e-7 pixels.
        #expect(largestDifference(view(0, of: result), expected) < 2e-5)
    }

    @Test("An unmoved quadrilateral still enlarges the view and mixes its border half with black")
    func perspectiveQuirk() {
        let zero = [SIMD2<Float>](repeating: SIMD2(0, 0), count: 4)
        let white = Tensor(repeating: 1, shape: [1, side, side, 3], on: backend)
        let result = Perspective.Drawn(views: [Perspective.View(inset: zero)])(white).values
        #expect(abs(result[0] - 0.25) < 1e-6)
        #expect(abs(result[(side / 2) * 3] - 0.5) < 1e-6)
        #expect(abs(result[(side / 2 * side + side / 2) * 3] - 1) < 1e-6)
    }

    @Test("Colours change in the drawn order with clamps between; an unselected view keeps its bits")
    func jitter() {
        let drawn = Jitter.Drawn(
            selected: [true, false],
            adjustments: [
                (.contrast, factors: [1.1, 0.9]), (.hue, factors: [0.08, 0]), (.brightness, factors: [1.05, 1]),
                (.saturation, factors: [0.9, 1]),
            ])
        let result = drawn(tensor)
        #expect(view(1, of: result) == picture.values)
        let expected = (0..<(side * side)).flatMap { pixel -> [Double] in
            var rgb = (0..<3).map { min(max(Double(picture.values[pixel * 3 + $0]) * 1.1, 0), 1) }
            var hsv = hsv(of: rgb)
            hsv[0] = fmod(hsv[0] + 2 * Double.pi * 0.08, 2 * Double.pi)
            rgb = self.rgb(of: hsv).map { min(max($0 + 0.05, 0), 1) }
            hsv = self.hsv(of: rgb)
            hsv[1] = min(max(hsv[1] * 0.9, 0), 1)
            return self.rgb(of: hsv)
        }
        // Hues are differences divided by a span that can be small: a few more roundings than elsewhere.
        #expect(largestDifference(view(0, of: result), expected) < 2e-5)
    }

    @Test("The erased rectangle is black in all views, the rest keeps its bits")
    func erasing() {
        let drawn = Erasing.Drawn(rectangle: Rectangle(x: 3, y: 10, width: 6, height: 5))
        let expected = picture.values.enumerated().map { i, value -> Float in
            let (x, y) = (i / 3 % side, i / 3 / side)
            return (3..<9).contains(x) && (10..<15).contains(y) ? 0 : value
        }
        let result = drawn(tensor.repeatedBatch(2))
        #expect(view(0, of: result) == expected && view(1, of: result) == expected)
        #expect(Erasing.Drawn(rectangle: nil)(tensor).values == picture.values)
    }

    @Test("Drawn parameters stay within the published ranges and are not all alike")
    func ranges() throws {
        var random = Philox(seed: 5, stream: 2)
        let affine = try #require(Affine().draw(count: 400, side: 224, from: &random) as? Affine.Drawn).views
        #expect(affine.allSatisfy { abs($0.degrees) <= 15 && abs($0.shear) <= 5 })
        #expect(affine.allSatisfy { $0.shift.x == 0 && abs($0.shift.y) <= 22.4 })
        #expect(affine.contains { $0.degrees > 12 } && affine.contains { $0.degrees < -12 })
        let share = Double(affine.count(where: \.selected)) / 400
        // Five standard deviations of 400 draws at 0.7.
        #expect(abs(share - 0.7) < 0.115)
        let insets = try #require(Perspective().draw(count: 50, side: 100, from: &random) as? Perspective.Drawn)
            .views.flatMap(\.inset)
        #expect(insets.allSatisfy { $0.x >= 0 && $0.y >= 0 && $0.x <= 35 && $0.y <= 35 })
        var rectangles = 0
        for _ in 0..<200 {
            let drawn = try #require(Erasing().draw(count: 4, side: 64, from: &random) as? Erasing.Drawn)
            guard let box = drawn.rectangle else { continue }
            rectangles += 1
            #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 64 && box.y + box.height <= 64)
            let ratio = Double(box.height) / Double(box.width)
            // Sides are rounded to pixels and cut at 64.
            #expect(ratio > 0.25 && ratio < 4)
        }
        #expect(abs(Double(rectangles) / 200 - 0.7) < 0.17)
        let jitter = try #require(Jitter().draw(count: 30, side: 8, from: &random) as? Jitter.Drawn)
        #expect(Set(jitter.adjustments.map(\.0)) == [.brightness, .contrast, .saturation, .hue])
        for (adjustment, factors) in jitter.adjustments {
            let center: Float = adjustment == .hue ? 0 : 1
            #expect(factors.count == 30 && factors.allSatisfy { abs($0 - center) <= 0.1001 })
        }
    }

    /// Every pixel and channel of a view, computed one by one.
    private func pixels(_ value: (_ x: Double, _ y: Double, _ channel: Int) -> Double) -> [Double] {
        (0..<(side * side * 3)).map { value(Double($0 / 3 % side), Double($0 / 3 / side), $0 % 3) }
    }

    /// The map of four points to four others, by Gaussian elimination of the 8 × 8 system.
    private func homography(from: [(Double, Double)], to: [(Double, Double)]) -> Matrix3 {
        var rows: [[Double]] = []
        for ((x, y), (u, v)) in zip(from, to) {
            rows.append([x, y, 1, 0, 0, 0, -x * u, -y * u, u])
            rows.append([0, 0, 0, x, y, 1, -x * v, -y * v, v])
        }
        for column in 0..<8 {
            let pivot = (column..<8).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for other in 0..<8 where other != column {
                let factor = rows[other][column] / rows[column][column]
                for i in column..<9 { rows[other][i] -= factor * rows[column][i] }
            }
        }
        return Matrix3(m: (0..<8).map { rows[$0][8] / rows[$0][$0] } + [1])
    }

    private func hsv(of rgb: [Double]) -> [Double] {
        let (high, low) = (max(rgb[0], rgb[1], rgb[2]), min(rgb[0], rgb[1], rgb[2]))
        let span = high - low == 0 ? 1 : high - low
        let (rc, gc, bc) = (high - rgb[0], high - rgb[1], high - rgb[2])
        let sector =
            rgb[0] == high ? bc - gc : rgb[1] == high ? 2 * span + rc - bc : 4 * span + gc - rc
        let turns = sector / span / 6
        return [(turns - turns.rounded(.down)) * 2 * Double.pi, (high - low) / (high + 1e-6), high]
    }

    private func rgb(of hsv: [Double]) -> [Double] {
        var h = hsv[0] / (2 * Double.pi) * 6
        h -= (h / 6).rounded(.down) * 6
        let (s, v) = (hsv[1], hsv[2])
        let sector = Int(h.rounded(.down))
        let f = h - Double(sector)
        let (p, q, t) = (v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s))
        return [[v, t, p], [q, v, p], [p, v, t], [p, q, v], [t, p, v], [v, p, q]][sector % 6]
    }
}
