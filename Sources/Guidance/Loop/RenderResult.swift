public import Imaging

/// What one optimiser step reports.
public struct StepReport: Sendable, Equatable, Codable {
    /// Steps done, this one included: 1 after the first.
    public let iteration: Int
    /// The total loss before the step.
    public let loss: Float
    /// What the loss is the sum of: one term per prompt in the order of the prompt string, for every
    /// judge in turn, then one per regulariser.
    public let terms: [Float]
    /// The step size that was used.
    public let learningRate: Double

    /// Makes a report.
    public init(iteration: Int, loss: Float, terms: [Float], learningRate: Double) {
        self.iteration = iteration
        self.loss = loss
        self.terms = terms
        self.learningRate = learningRate
    }
}

/// A finished picture and how it came about.
public struct RenderResult: Sendable, Equatable {
    /// What was asked for.
    public let spec: RenderSpec
    /// The picture.
    public let image: RGBImage
    /// One report per step, in order.
    public let steps: [StepReport]
    /// Names of the terms behind those of the prompts.
    public let regularizers: [String]

    /// Makes a result.
    public init(spec: RenderSpec, image: RGBImage, steps: [StepReport], regularizers: [String] = []) {
        self.spec = spec
        self.image = image
        self.steps = steps
        self.regularizers = regularizers
    }

    /// The loss curve as comma-separated values: `iteration,loss,prompt_1,…,learning_rate`, with the regularisers by
    /// their names after the prompts.
    ///
    /// Numbers are the shortest decimals that read back to the same bits, lines end with a line feed, so equal renders
    /// give equal bytes.
    public func lossCSV() -> String { steps.lossCSV(regularizers: regularizers) }
}

extension [StepReport] {
    /// The loss curve as comma-separated values; see `RenderResult.lossCSV()`.
    func lossCSV(regularizers: [String]) -> String {
        let prompts = (0..<Swift.max(0, (first?.terms.count ?? 0) - regularizers.count)).map { "prompt_\($0 + 1)" }
        let header = (["iteration", "loss"] + prompts + regularizers + ["learning_rate"]).joined(separator: ",")
        let lines = map { step in
            (["\(step.iteration)", "\(step.loss)"] + step.terms.map { "\($0)" } + ["\(step.learningRate)"])
                .joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }
}
