/// The latent of a render, and all that is remembered of the way it took.
struct Descent {
    /// The latent, `[h, w, e]`.
    private(set) var latent: [Float]
    /// The latent before the first step.
    let start: [Float]
    private let settings: DescentSettings
    private let range: (low: [Float], high: [Float])
    private var optimizer: Optimizer
    private var average: LatentAverage?
    /// What was shown when the loss was lowest.
    private var best: [Float]?
    private var trend: LossTrend

    /// Begins at a latent.
    ///
    /// - Parameters:
    ///   - latent: `[h, w, e]`.
    ///   - settings: how it will move.
    ///   - range: smallest and largest value of every channel in the codebook.
    init(from latent: [Float], _ settings: DescentSettings, range: (low: [Float], high: [Float])) {
        (self.latent, start, self.settings, self.range) = (latent, latent, settings, range)
        optimizer = Optimizer(settings.optimizer, count: latent.count)
        average = settings.latentAverage.map { LatentAverage(latent, decay: $0) }
        trend = LossTrend(improvement: settings.plateauImprovement ?? 0)
    }

    /// Goes on with `arrays()` of another; throws `RenderError.foreignCheckpoint` where they do not fit.
    init(
        resuming checkpoint: RenderCheckpoint, _ settings: DescentSettings, count: Int,
        range: (low: [Float], high: [Float])
    ) throws(RenderError) {
        func array(_ name: String) throws(RenderError) -> [Float] {
            let elements = checkpoint.arrays[name] ?? []
            guard elements.count == count else {
                throw .foreignCheckpoint("its array \(name) has \(elements.count) elements, not \(count)")
            }
            return elements
        }
        (self.settings, self.range) = (settings, range)
        latent = try array("latent")
        start = try array("start")
        let moments = try settings.optimizer.rule.moments.map { name throws(RenderError) in
            try array("optimizer.\(name)")
        }
        guard let optimizer = Optimizer(settings.optimizer, moments: moments, steps: checkpoint.iteration) else {
            throw .foreignCheckpoint("it has not the moments of \(settings.optimizer.rawValue)")
        }
        self.optimizer = optimizer
        if let decay = settings.latentAverage {
            average = LatentAverage(sum: try array("average"), count: checkpoint.iteration + 1, decay: decay)
        }
        if checkpoint.arrays["best"] != nil { best = try array("best") }
        trend = LossTrend(improvement: settings.plateauImprovement ?? 0)
        for step in checkpoint.steps { trend.add(step.loss) }
    }

    /// What a checkpoint holds of it.
    func arrays() -> [String: [Float]] {
        var arrays = ["latent": latent, "start": start]
        for (name, moment) in zip(optimizer.name.rule.moments, optimizer.moments) {
            arrays["optimizer.\(name)"] = moment
        }
        arrays["average"] = average?.sum
        arrays["best"] = best
        return arrays
    }

    /// The latent to show: the best, the running mean, or the present one, as the settings say.
    var shown: [Float] { best ?? average?.value ?? latent }

    /// Whether the loss has stopped falling for as long as the settings allow.
    var hasSettled: Bool { settings.plateauIterations.map { trend.stepsWithoutImprovement >= $0 } ?? false }

    /// Moves the latent against a gradient and back into the codebook's range.
    ///
    /// - Parameters:
    ///   - loss: that of the present latent.
    ///   - gradient: within the bounds of the settings.
    ///   - learningRate: the step size.
    mutating func step(loss: Float, against gradient: [Float], learningRate: Double) {
        trend.add(loss)
        if settings.keepBest == true, trend.isLowest { best = average?.value ?? latent }
        optimizer.step(&latent, gradient: gradient, learningRate: learningRate)
        if settings.clampLatent != false { clampLatent() }
        average?.add(latent)
    }

    private mutating func clampLatent() {
        let channels = range.low.count
        for i in latent.indices {
            let channel = i % channels
            latent[i] = min(max(latent[i], range.low[channel]), range.high[channel])
        }
    }
}
