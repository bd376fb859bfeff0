import TensorCore

/// The nonlinearity of a CLIP, where its files do not tell it.
public enum ActivationChoice: String, SettingChoice, Codable {
    /// `x · sigmoid(1.702·x)`: OpenAI, MetaCLIP, DFN.
    case quickGELU = "quick_gelu"
    /// The exact Gaussian error linear unit: most models of LAION and DataComp.
    case gelu

    var activation: Activation { self == .gelu ? .gelu : .quickGELU }
}

extension ActivationChoice: SettingConvertible {}

/// What is known of the judges, and who has the last word.
public struct JudgingSettings: Sendable, Hashable {
    /// The nonlinearity of all judges; nil for what their files and the table of known models say.
    public var activation: ActivationChoice?
    /// A CLIP that does not guide, and so can score the finished picture; nil for no score.
    public var scorer: FileReference?
    /// How many pictures are rendered, of which the one with the best score is kept; nil for one.
    public var bestOf: Int?

    static let settings = [
        RenderSetting(
            "clip_activation", \.judging.activation,
            "nonlinearity of the judging models, where no file beside them tells: quick_gelu or gelu"),
        RenderSetting(
            "judge", \.judging.scorer, "a CLIP that does not guide and scores the finished picture",
            otherNames: ["scorer", "reranker"]),
        RenderSetting(
            "best_of", \.judging.bestOf, as: .integer(Limits.bestOf),
            "pictures to render from seeds of their own; the one that the judge scores best is kept",
            otherNames: ["n_best", "candidates"]),
    ]
}

extension RenderSpec {
    /// Checks that nobody judges their own work: a score by a guiding model would only repeat the loss.
    func validateJudging() throws(RenderSpecError) {
        if judging.bestOf != nil, judging.scorer == nil {
            throw .conflict(
                "“best_of” needs a “judge”, another CLIP than those in “clip”: "
                    + "the loss of the models that guide is biased towards their own mistakes")
        }
        guard let scorer = judging.scorer else { return }
        for judge in clips.judges {
            let isSameFile = scorer.sha256 != nil && scorer.sha256 == judge.file.sha256
            if isSameFile || scorer.name == judge.file.name {
                throw .conflict(
                    "“judge” is \(scorer.name), which also guides: its score would be biased; name another CLIP")
            }
        }
    }

    /// What renders one of the pictures that `best_of` asks for: the same with a seed of its own.
    ///
    /// The first has the seed itself; the others' follow from it.
    public func candidate(_ index: Int) -> RenderSpec {
        var candidate = self
        candidate.judging.bestOf = nil
        if index > 0 {
            var random = Philox(seed: seed, stream: RandomPurpose.candidate.rawValue, lane: UInt32(index))
            // 53 bits: every reader of JSON keeps them.
            candidate.seed = UInt64(random.nextBits()) << 21 | UInt64(random.nextBits() >> 11)
        }
        return candidate
    }

    /// Equal for specifications that are rendered with the same loaded models.
    public var modelKey: [String] {
        [vqgan.text] + clips.texts + ["judge", judging.scorer?.text ?? "", judging.activation?.rawValue ?? ""]
    }
}
