import StarterModel
import TensorCore
import Testing
import VQGAN

@testable import Guidance

@Suite("Learning rates, clipping, averages and the end of a render")
struct ScheduleTests {
    private func settings(_ change: (inout DescentSettings) -> Void) -> DescentSettings {
        var settings = RenderDefaults.published.spec.descent
        change(&settings)
        return settings
    }

    @Test("Drops divide the rate once their part of the render is done")
    func drops() {
        let pixray = settings { $0.learningRateDrops = [0.75] }
        #expect((0..<200).map { pixray.rate(at: $0, of: 200) } == (0..<200).map { $0 < 150 ? 0.1 : 0.1 / 10 })
        let halves = settings { ($0.learningRateDrops, $0.learningRateDropFactor) = ([0.9, 0.5], 2) }
        #expect([0, 4, 5, 8, 9].map { halves.rate(at: $0, of: 10) } == [0.1, 0.1, 0.05, 0.05, 0.025])
    }

    @Test("A warm-up grows evenly to the full rate, and the cosine takes the rest of the iterations")
    func warmup() {
        let constant = settings { $0.warmup = 4 }
        #expect(
            zip((0..<6).map { constant.rate(at: $0, of: 10) }, [0.02, 0.04, 0.06, 0.08, 0.1, 0.1]).allSatisfy {
                abs($0 - $1) < 1e-12
            })
        let cosine = settings { ($0.warmup, $0.schedule) = (20, .cosine) }
        #expect(cosine.rate(at: 20, of: 100) == 0.1)
        #expect(abs(cosine.rate(at: 60, of: 100) - 0.06) < 1e-12)
        let whole = settings { $0.warmup = 100 }
        #expect(whole.rate(at: 9, of: 10) < 0.1)
    }

    @Test("A gradient is clipped by element, then by its length")
    func clipping() {
        let bounds = settings { ($0.clipGradientValue, $0.clipGradientNorm) = (4, 2.5) }
        let clipped = bounds.clipped([3, -100, 0])
        #expect(abs(clipped[0] - 1.5) < 1e-5 && abs(clipped[1] + 2) < 1e-5 && clipped[2] == 0)
        #expect(bounds.clipped([1, 1, -1]) == [1, 1, -1])
        #expect(settings { _ in }.clipped([3, -100]) == [3, -100])
    }

    @Test("The trend of a loss is that of its means of ten steps")
    func trend() {
        var trend = LossTrend(improvement: 0.5)
        for _ in 0..<9 { trend.add(1) }
        #expect(!trend.isLowest)
        trend.add(1)
        #expect(trend.isLowest && trend.stepsWithoutImprovement == 0)
        // One lucky step moves the mean by 0.1: the lowest so far, but no improvement by a half.
        trend.add(0)
        #expect(trend.isLowest && trend.stepsWithoutImprovement == 1)
        for _ in 0..<3 { trend.add(0) }
        #expect(trend.stepsWithoutImprovement == 4)
        // The mean of six ones and four zeros was 0.6; five zeros reach a half.
        trend.add(0)
        #expect(trend.stepsWithoutImprovement == 0)
        for _ in 0..<5 { trend.add(2) }
        #expect(!trend.isLowest && trend.stepsWithoutImprovement == 5)
    }

    private func quick(_ spec: inout RenderSpec) {
        (spec.start, spec.iterations, spec.views.count, spec.seed) = (.gray, 16, 1, 3)
        spec.size = PictureSize(width: 32, height: 32)
    }

    @Test("A render whose loss no longer falls ends early, and a resumed one at the same step")
    func plateau() throws {
        let fixture = try StarterFixture()
        func change(_ spec: inout RenderSpec) {
            quick(&spec)
            (spec.iterations, spec.descent.plateauIterations, spec.descent.plateauImprovement) = (1000, 5, 10)
        }
        var loop = try fixture.loop("a red flower", change: change)
        try loop.run(12)
        let checkpoint = try RenderCheckpoint(decoding: loop.checkpoint().encoded())
        try loop.run()
        // The tenth step gives the first mean, and none after it is lower by 10.
        #expect(loop.steps.count == 15 && loop.isFinished)
        #expect(loop.result().lossCSV().split(separator: "\n").count == 16)
        var resumed = try fixture.loop("a red flower", resuming: checkpoint, change: change)
        try resumed.run()
        let isSame = resumed.checkpoint() == loop.checkpoint()
        #expect(isSame && resumed.isFinished)
    }

    @Test("Keeping the best shows the latent of the lowest mean, not the last one")
    func keepBest() throws {
        let fixture = try StarterFixture()
        func loop(keepBest: Bool?) throws -> RenderLoop {
            var loop = try fixture.loop("a red flower") {
                quick(&$0)
                // Steps that only spoil the picture: the first mean stays the lowest.
                ($0.descent.learningRate, $0.descent.schedule, $0.descent.keepBest) = (3, .constant, keepBest)
            }
            try loop.run()
            return loop
        }
        let (last, best) = (try loop(keepBest: nil), try loop(keepBest: true))
        let sameWay = last.steps == best.steps && last.checkpoint().latent == best.checkpoint().latent
        #expect(sameWay)
        let kept = try #require(best.checkpoint().arrays["best"])
        let differs = kept != best.checkpoint().latent && last.checkpoint().arrays["best"] == nil
        #expect(differs)
        // Found again from the losses: the step whose mean of ten is lowest, and the latent before it moved.
        let means = (9..<16).map { last.steps[($0 - 9)...$0].reduce(0.0) { $0 + Double($1.loss) } }
        let lowest = try #require(means.indices.min { means[$0] < means[$1] }) + 9
        var again = try fixture.loop("a red flower") {
            quick(&$0)
            ($0.descent.learningRate, $0.descent.schedule) = (3, .constant)
        }
        try again.run(lowest)
        let isThatLatent = again.checkpoint().latent == kept && again.image() == best.image()
        #expect(isThatLatent)
    }

    @Test("The running mean weighs all latents since the start, and is what is shown")
    func average() throws {
        let fixture = try StarterFixture()
        var plain = try fixture.loop("a red flower", change: quick)
        var averaged = try fixture.loop("a red flower") {
            quick(&$0)
            $0.descent.latentAverage = 0.8
        }
        var latents = [plain.checkpoint().latent]
        for _ in 0..<4 {
            try plain.run(1)
            try averaged.run(1)
            latents.append(plain.checkpoint().latent)
        }
        let sameLatent = averaged.checkpoint().latent == plain.checkpoint().latent
        #expect(sameLatent && averaged.image() != plain.image())
        let weights = (0..<5).map { Double(4 - $0) }.map { age in (0..<Int(age)).reduce(0.2) { w, _ in w * 0.8 } }
        let total = weights.reduce(0, +)
        let sum = try #require(averaged.checkpoint().arrays["average"])
        for i in stride(from: 0, to: sum.count, by: 37) {
            let expected = zip(weights, latents).reduce(0.0) { $0 + $1.0 * Double($1.1[i]) } / total
            // 1 − 0.8⁵ is what the weights add up to.
            #expect(abs(Double(sum[i]) / (1 - 0.32768) - expected) < 1e-5)
        }
    }

    @Test(
        "A resumed render with everything that is remembered equals the uninterrupted one bit for bit",
        arguments: [2, 12])
    func resume(after done: Int) throws {
        let fixture = try StarterFixture()
        func change(_ spec: inout RenderSpec) {
            quick(&spec)
            (spec.descent.latentAverage, spec.descent.keepBest, spec.descent.warmup) = (0.9, true, 3)
            (spec.descent.learningRateDrops, spec.descent.optimizer, spec.descent.clampLatent) = (
                [0.5], .diffGrad, false
            )
            (spec.regularizers.initWeight, spec.regularizers.initWeightMethod) = (0.5, .pixels)
            (spec.regularizers.symmetry, spec.regularizers.saturation) = (.both, 0.2)
        }
        var whole = try fixture.loop("a red flower", change: change)
        var part = whole
        try part.run(done)
        try whole.run()
        let checkpoint = try RenderCheckpoint(decoding: part.checkpoint().encoded())
        var resumed = try fixture.loop("a red flower", resuming: checkpoint, change: change)
        try resumed.run()
        let isSame = resumed.checkpoint() == whole.checkpoint() && resumed.result() == whole.result()
        #expect(isSame)
        #expect(whole.checkpoint().arrays["best"] != nil && whole.checkpoint().arrays["average"] != nil)
        let header = whole.result().lossCSV().prefix { $0 != "\n" }
        #expect(
            header
                == "iteration,loss,prompt_1,init_weight,saturation,symmetry_left_right,symmetry_up_down,learning_rate")
    }

    @Test("The latent leaves the codebook's range only where it may")
    func clamp() throws {
        let fixture = try StarterFixture()
        func reach(clamped: Bool?) throws -> Float {
            var loop = try fixture.loop("a red flower") {
                quick(&$0)
                ($0.descent.learningRate, $0.descent.clampLatent, $0.iterations) = (20, clamped, 2)
            }
            try loop.run()
            return loop.checkpoint().latent.reduce(0) { max($0, abs($1)) }
        }
        let range = fixture.models.vqgan.codebookRange
        let bound = (range.low.values + range.high.values).reduce(0) { max($0, abs($1)) }
        #expect(try reach(clamped: nil) <= bound)
        #expect(try reach(clamped: false) > 2 * bound)
    }
}
