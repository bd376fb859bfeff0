/// How the latent moves.
public struct DescentSettings: Sendable, Hashable {
    /// Step size of the optimiser.
    public var learningRate: Double
    /// How the step size changes.
    public var schedule: LearningRateSchedule = .constant
    /// The optimiser.
    public var optimizer: OptimizerName = .adam

    static let settings = [
        RenderSetting(
            "learning_rate", \.descent.learningRate, as: .number(Limits.learningRate), "step size of the optimiser",
            otherNames: ["lr", "step_size"]),
        RenderSetting(
            "schedule", \.descent.schedule, "how the learning rate changes: constant, or cosine down to a fifth",
            otherNames: ["learning_rate_drops"]),
        RenderSetting(
            "optimizer", \.descent.optimizer, "optimiser of the latent, with the published constants",
            otherNames: ["optimiser", "opt"]),
    ]
}
