import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Cutout methods")
struct MethodTests {
    /// Every augmentation at once, each certain to change something.
    static func everything(corrected: Bool) -> [any Augmentation] {
        AugmentationName.allCases.map { name in
            var augmentation = AugmentationSetting(name).augmentation(of: .latest, corrected: corrected)
            // Noise of a deviation of 1 and an erased rectangle would leave little to see.
            _ = augmentation.tune("p", to: name == .noise || name == .erasing ? 0.3 : 0.6)
            return augmentation
        }
    }

    private static let methods: [AugmentedCutouts] = [
        AugmentedCutouts(
            counts: 7, side: 16, source: .pooled, augmentations: everything(corrected: false), noise: 0.1),
        AugmentedCutouts(
            counts: 7, side: 16, source: .crops(power: 1), augmentations: everything(corrected: true), noise: 0.1),
        AugmentedCutouts(counts: 5, side: 16, source: .crops(power: 2), clamps: true),
    ]

    @Test("Views in parts have the bits of all views at once", arguments: 0..<3)
    func parts(method: Int) {
        let image = Tensor(testPicture(height: 24, width: 31), shape: [1, 24, 31, 3], on: CPUBackend(threads: 1))
        for iteration in 0..<4 {
            let drawn = Self.methods[method].draw(height: 24, width: 31, seed: 3, iteration: iteration)
            let whole = drawn.views(of: image, 0..<drawn.count).values
            for size in [1, 3] {
                let parts = stride(from: 0, to: drawn.count, by: size).flatMap {
                    drawn.views(of: image, $0..<min($0 + size, drawn.count)).values
                }
                #expect(parts == whole)
            }
            #expect(whole.allSatisfy { $0.isFinite })
        }
    }

    @Test("The gentle method's views in parts have the bits of all views at once")
    func gentleParts() {
        let image = Tensor(testPicture(height: 24, width: 31), shape: [1, 24, 31, 3], on: CPUBackend(threads: 1))
        let drawn = GentleCutouts(counts: 5, side: 16, noise: 0.25).draw(height: 24, width: 31, seed: 3, iteration: 1)
        let parts = [0..<2, 2..<4, 4..<5].flatMap { drawn.views(of: image, $0).values }
        #expect(parts == drawn.views(of: image, 0..<5).values)
    }

    @Test("Views and gradients have the same bits for any number of threads", arguments: 0..<3)
    func threads(method: Int) {
        func run(_ threads: Int) -> [[Float]] {
            let backend = CPUBackend(threads: threads)
            let image = Tensor(testPicture(height: 40, width: 33), shape: [1, 40, 33, 3], on: backend).tracked()
            let views = Self.methods[method].views(of: image, seed: 8, iteration: 2)
            var random = Philox(seed: 4, stream: 9)
            let cotangent = Tensor(random.normals(views.shape.count), shape: views.shape, on: backend)
            return [views.values, gradient(of: views, withRespectTo: [image], cotangent: cotangent)[0].values]
        }
        #expect(run(1) == run(3))
    }

    @Test("An iteration's number of views follows the schedule")
    func schedule() throws {
        let schedule = try #require(CutoutSchedule("6@0,2@3"))
        let cutouts = AugmentedCutouts(counts: schedule, side: 8, source: .pooled)
        let counts = (0..<5).map { cutouts.draw(height: 9, width: 9, seed: 1, iteration: $0).count }
        #expect(counts == [6, 6, 6, 2, 2])
    }

    @Test(
        "Micro-batches give the loss and the steps of all views at once, one loss per prompt",
        arguments: [CutoutMethod.latest, .gentle, .original])
    func microBatches(method: CutoutMethod) throws {
        let fixture = try StarterFixture()
        func losses(_ batch: Int?) throws -> [[Float]] {
            var loop = try fixture.loop("a red flower|a cat:-0.3:0.5") {
                ($0.start, $0.iterations, $0.seed) = (.gray, 3, 12)
                $0.views = ViewSettings(count: 5, method: method)
                $0.views.batch = batch
            }
            try loop.run()
            return loop.steps.map { [$0.loss] + $0.terms }
        }
        let whole = try losses(nil)
        #expect(whole.allSatisfy { $0.count == 3 })
        for batch in [1, 2, 4] {
            let parts = try losses(batch)
            // Means are summed in another order; the later steps have moved by gradients that differ by as much.
            for (a, b) in zip(whole.joined(), parts.joined()) { #expect(abs(a - b) < 2e-5, "\(whole) \(parts)") }
        }
        #expect(try losses(5) == whole)
    }

    @Test("Gradients flow through every method to the picture", arguments: CutoutMethod.allCases)
    func gradients(method: CutoutMethod) throws {
        let backend = CPUBackend(threads: 1)
        let image = Tensor(testPicture(height: 20, width: 20), shape: [1, 20, 20, 3], on: backend).tracked()
        let cutouts: any Cutouts =
            method == .gentle
            ? GentleCutouts(counts: 3, side: 12, noise: 0.2)
            : AugmentedCutouts(
                counts: 3, side: 12, source: method.takesCrops ? .crops(power: 1) : .pooled,
                augmentations: method.defaultAugmentations.map { $0.augmentation(of: method) }, noise: 0.1,
                clamps: method == .original)
        let gradient = gradient(
            of: cutouts.views(of: image, seed: 1, iteration: 0).mean(), withRespectTo: [image])[0].values
        let sum = gradient.reduce(0, +)
        // The mean of the views hardly changes scale: its derivative along a brighter picture is near 1, less what
        // erasing, black corners and clamps take away.
        #expect(sum > 0.2 && sum < 1.2)
        #expect(gradient.allSatisfy { $0.isFinite })
    }
}
