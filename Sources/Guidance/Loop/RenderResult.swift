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

    /// The loss curve as comma-separated values: `iteration,loss`, a column for every term, `learning_rate`.
    ///
    /// The terms are `prompt_1,…` of the longest phrase, `image_prompt_1,…`, `noise_prompt_1,…`, all of them for every
    /// judge in turn (`clip_2_prompt_1` where there are several), then the regularisers by their names.
    ///
    /// Numbers are the shortest decimals that read back to the same bits, lines end with a line feed, so equal renders
    /// give equal bytes.
    public func lossCSV() -> String { steps.lossCSV(terms: spec.promptTerms + regularizers) }
}

extension RenderSpec {
    /// Names of the terms that judges give, in the order of `StepReport.terms`.
    var promptTerms: [String] {
        // A text that does not parse was refused before anything was rendered.
        let places = ((try? story()) ?? []).reduce(0) { max($0, $1.count) }
        let kinds = [
            ("prompt", places), ("image_prompt", prompting.images.count), ("noise_prompt", prompting.noises.count),
        ]
        let names = kinds.flatMap { kind, count in (0..<count).map { "\(kind)_\($0 + 1)" } }
        guard clips.judges.count > 1 else { return names }
        return clips.judges.indices.flatMap { judge in names.map { "clip_\(judge + 1)_\($0)" } }
    }
}

extension [StepReport] {
    /// The loss curve as comma-separated values; see `RenderResult.lossCSV()`.
    fileprivate func lossCSV(terms: [String]) -> String {
        let header = (["iteration", "loss"] + terms + ["learning_rate"]).joined(separator: ",")
        let lines = map { step in
            (["\(step.iteration)", "\(step.loss)"] + step.terms.map { "\($0)" } + ["\(step.learningRate)"])
                .joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }
}
