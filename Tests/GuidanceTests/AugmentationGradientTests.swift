import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Gradients of augmentations")
struct AugmentationGradientTests {
    private static let names = AugmentationName.allCases

    @Test(
        "The derivative along a direction is that of finite differences, corrected or not",
        arguments: names, [false, true])
    func finiteDifferences(name: AugmentationName, corrected: Bool) {
        let (side, backend) = (10, CPUBackend(threads: 1))
        var random = Philox(seed: 5, stream: 4, lane: UInt32(name.shortName.utf8.reduce(0) { $0 * 256 + Int($1) }))
        var augmentation = AugmentationSetting(name).augmentation(of: .latest, corrected: corrected)
        let isTuned = augmentation.tune("p", to: 0.75)
        #expect(isTuned)
        // A larger turn of the hue would cross from one sector to the next, where the slope jumps.
        if name == .jitter { _ = augmentation.tune("hue", to: 0.01) }
        let change = augmentation.draw(count: 3, side: side, from: &random)
        // Channels far from each other and from 0 and 1: a step does not cross a kink.
        let shape: Shape = [3, side, side, 3]
        let picture = (0..<shape.count).map { 0.25 + 0.2 * Float($0 % 3) + random.uniform(-0.05, 0.05) }
        let direction = random.normals(shape.count)
        let cotangent = Tensor(random.normals(shape.count), shape: shape, on: backend)

        func value(at distance: Float) -> Double {
            let moved = zip(picture, direction).map { $0 + distance * $1 }
            let output = change(Tensor(moved, shape: shape, on: backend))
            return zip(output.values, cotangent.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let leaf = Tensor(picture, shape: shape, on: backend).tracked()
        let slope = gradient(of: change(leaf), withRespectTo: [leaf], cotangent: cotangent)[0].values
        let expected = zip(slope, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let step: Float = 2e-3
        let found = (value(at: step) - value(at: -step)) / (2 * Double(step))
        // Single precision: 900 outputs near 1 with an error of 1e-7 each, over a step of 4e-3, and the curvature.
        #expect(abs(found - expected) < 5e-3 * max(10, abs(expected)), "\(name): \(found), \(expected)")
    }

    @Test("A picture that stands for all views gives the bits of its copies", arguments: names)
    func broadcast(name: AugmentationName) {
        let (side, backend) = (9, CPUBackend(threads: 1))
        let picture = Tensor(testPicture(height: side, width: side), shape: [1, side, side, 3], on: backend)
        var random = Philox(seed: 6, stream: 4)
        for _ in 0..<4 {
            let change = AugmentationSetting(name).augmentation(of: .latest).draw(count: 4, side: side, from: &random)
            let one = change(picture)
            let all = change(picture.repeatedBatch(4)).values
            #expect((one.shape[0] == 4 ? one : one.repeatedBatch(4)).values == all)
        }
    }

    @Test("Views that are not selected keep their bits", arguments: names)
    func unselected(name: AugmentationName) {
        let (side, backend) = (9, CPUBackend(threads: 1))
        let picture = Tensor(testPicture(height: side, width: side), shape: [1, side, side, 3], on: backend)
        var (random, changed) = (Philox(seed: 7, stream: 4), 0)
        var augmentation = AugmentationSetting(name).augmentation(of: .latest)
        _ = augmentation.tune("p", to: 0.5)
        for _ in 0..<6 {
            let change = augmentation.draw(count: 5, side: side, from: &random)
            let views = change(picture)
            guard views.shape[0] == 5 else {
                changed += views.values == picture.values ? 0 : 5
                continue
            }
            let length = side * side * 3
            for view in 0..<5 {
                let part = Array(views.values[(view * length)..<((view + 1) * length)])
                changed += part == picture.values ? 0 : 1
            }
        }
        // Half of thirty, or for a draw of the whole batch half of six fives; the crop changes nothing.
        #expect(name == .crop ? changed == 0 : (5...25).contains(changed), "\(changed)")
    }

    @Test("What is put right differs from the original, and in the way that was meant")
    func corrected() throws {
        let (side, backend) = (12, CPUBackend(threads: 1))
        let white = Tensor(repeating: 1, shape: [1, side, side, 3], on: backend)
        let still = [SIMD2<Float>](repeating: SIMD2(0, 0), count: 4)
        // A quadrilateral that did not move, moved points that did not move and noise of zero leave a view as it is.
        let perspective = Perspective.Drawn(views: [Perspective.View(inset: still)], corrected: true)
        let spline = ThinPlateSpline.Drawn(moves: [still + [SIMD2(0, 0)]], corrected: true)
        let elastic = Elastic.Drawn(
            selected: [true], source: .given([[Float](repeating: 0, count: 2 * side * side)]), corrected: true)
        for change in [perspective, spline, elastic] as [any DrawnAugmentation] {
            // Points of the border may round to a hair outside, where a part of black is mixed in.
            #expect(change(white).values.allSatisfy { abs($0 - 1) < 1e-4 })
        }
        var random = Philox(seed: 1, stream: 2)
        func right(_ name: AugmentationName) -> any DrawnAugmentation {
            AugmentationSetting(name).augmentation(of: .latest, corrected: true)
                .draw(count: 64, side: side, from: &random)
        }
        let affine = try #require(right(.affine) as? Affine.Drawn)
        #expect(affine.corrected && affine.views.contains { abs($0.shift.x) > 0.5 })
        let sharpness = try #require(right(.sharpness) as? Sharpness.Drawn)
        #expect(sharpness.factors.compactMap { $0 }.allSatisfy { (1...1.3).contains($0) })
        let moves = (0..<8).compactMap { _ in (right(.crop) as? RandomCrop.Drawn)?.moves }.joined()
        #expect(moves.contains { $0 == SIMD2(0, 0) } && moves.contains { $0.x != 0 })
        #expect(moves.allSatisfy { abs($0.x) <= side / 8 && abs($0.y) <= side / 8 })
    }
}
