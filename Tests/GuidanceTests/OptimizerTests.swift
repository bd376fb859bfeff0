import Guidance
import Testing

@Suite("Optimisers and the learning rate")
struct OptimizerTests {
    @Test("The first step moves every variable by the learning rate against its gradient")
    func firstStep() {
        var adam = Optimizer(.adam, count: 3)
        var z: [Float] = [1, -2, 0.5]
        adam.step(&z, gradient: [3, -0.001, 0], learningRate: 0.1)
        // m/(1-β1) = g and √(v/(1-β2)) = |g|, so the step is lr · g/(|g| + ε); ε = 1e-8 is 1e-5 of the second gradient.
        #expect(abs(z[0] - 0.9) < 1e-6 && abs(z[1] + 1.9) < 2e-6 && z[2] == 0.5)
    }

    @Test("Many steps follow the textbook formula in double precision")
    func manySteps() {
        var adam = Optimizer(.adam, count: 1)
        var z: [Float] = [0.3]
        var (reference, m, v) = (0.3, 0.0, 0.0)
        for t in 1...50 {
            let gradient = Float(((t * 37) % 11) - 5) * 0.1
            let rate = LearningRateSchedule.cosine.rate(0.08, iteration: t - 1, of: 50)
            adam.step(&z, gradient: [gradient], learningRate: rate)
            let g = Double(gradient)
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            var (power1, power2) = (1.0, 1.0)
            for _ in 0..<t { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
            reference -= rate * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
        }
        // 50 steps of single-precision rounding, each of about 1e-7 of a step of 0.08 and of z.
        #expect(abs(Double(z[0]) - reference) < 5e-6)
        #expect(adam.steps == 50)
    }

    @Test("Every optimiser walks down a bowl, the same way each time", arguments: OptimizerName.allCases)
    func descends(name: OptimizerName) {
        func way() -> [Float] {
            var optimizer = Optimizer(name, count: 4)
            var z: [Float] = [1, -2, 0.5, 3]
            for _ in 0..<200 {
                optimizer.step(&z, gradient: zip(z, [1, 2, 3, 4]).map { $0 * $1 }, learningRate: 0.1)
            }
            return z
        }
        func height(_ z: [Float]) -> Float { zip(z, [1, 2, 3, 4]).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } }
        // Adagrad's steps shrink, so it is the last to arrive.
        #expect(height(way()) < 0.1 * height([1, -2, 0.5, 3]))
        #expect(way() == way())
    }

    @Test("Names are read as other programs write them")
    func names() {
        #expect(OptimizerName(named: "AdamW") == .adamW && OptimizerName(named: "DiffGrad") == .diffGrad)
        #expect(OptimizerName(named: "RMSprop") == .rmsProp && OptimizerName(named: "SGD") == nil)
        #expect(OptimizerName.allCases.count == 8)
    }

    @Test("AdamP takes the part along the variables out of a step at right angles to them, and of no other")
    func projection() {
        // One row of two variables; the gradient (0, 1) is at right angles to z = (1, 0), but Adam's second step
        // still carries the first gradient's memory along z.
        var projected = Optimizer(.adamP, count: 2, rows: 1)
        var vector = Optimizer(.adamP, count: 2, rows: 0)
        var (z, y): ([Float], [Float]) = ([1, 0], [1, 0])
        projected.step(&z, gradient: [1, 0], learningRate: 0.1)
        vector.step(&y, gradient: [1, 0], learningRate: 0.1)
        #expect(z == y && abs(z[0] - 0.9) < 1e-6)
        projected.step(&z, gradient: [0, 1], learningRate: 0.1)
        vector.step(&y, gradient: [0, 1], learningRate: 0.1)
        #expect(abs(z[0] - 0.9) < 1e-6 && y[0] < 0.85 && z[1] == y[1] && z[1] < -0.05)
    }

    @Test("The cosine schedule begins at the full rate and nears a fifth of it")
    func schedule() {
        #expect(LearningRateSchedule.cosine.rate(0.1, iteration: 0, of: 80) == 0.1)
        #expect(abs(LearningRateSchedule.cosine.rate(0.1, iteration: 40, of: 80) - 0.06) < 1e-12)
        let last = LearningRateSchedule.cosine.rate(0.1, iteration: 79, of: 80)
        #expect(last > 0.02 && last < 0.0201)
        #expect(LearningRateSchedule.constant.rate(0.1, iteration: 79, of: 80) == 0.1)
    }
}
