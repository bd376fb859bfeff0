/// The latent of a render, and all that is remembered of the way it took.
struct Descent {
    /// The latent, `[h, w, e]`.
    private(set) var latent: [Float]
    private var optimizer: Optimizer
    private let range: (low: [Float], high: [Float])

    /// Begins at a latent.
    ///
    /// - Parameters:
    ///   - latent: `[h, w, e]`.
    ///   - settings: how it will move.
    ///   - range: smallest and largest value of every channel in the codebook.
    init(from latent: [Float], _ settings: DescentSettings, range: (low: [Float], high: [Float])) {
        self.latent = latent
        self.range = range
        optimizer = Optimizer(settings.optimizer, count: latent.count)
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
        var moments: [[Float]] = []
        for name in settings.optimizer.rule.moments { moments.append(try array("optimizer.\(name)")) }
        guard let optimizer = Optimizer(settings.optimizer, moments: moments, steps: checkpoint.iteration) else {
            throw .foreignCheckpoint("it has not the moments of \(settings.optimizer.rawValue)")
        }
        self.optimizer = optimizer
        latent = try array("latent")
        self.range = range
    }

    /// What a checkpoint holds of it.
    func arrays() -> [String: [Float]] {
        var arrays = ["latent": latent]
        for (name, moment) in zip(optimizer.name.rule.moments, optimizer.moments) {
            arrays["optimizer.\(name)"] = moment
        }
        return arrays
    }

    /// Moves the latent against a gradient and back into the codebook's range.
    mutating func step(against gradient: [Float], learningRate: Double) {
        optimizer.step(&latent, gradient: gradient, learningRate: learningRate)
        clampLatent()
    }

    private mutating func clampLatent() {
        let channels = range.low.count
        for i in latent.indices {
            let channel = i % channels
            latent[i] = min(max(latent[i], range.low[channel]), range.high[channel])
        }
    }
}
