/// How the latent moves.
public struct DescentSettings: Sendable, Hashable {
    /// Step size of the optimiser.
    public var learningRate: Double
    /// How the step size changes.
    public var schedule: LearningRateSchedule = .constant
    /// Steps over which the step size grows to its full value; nil for none.
    public var warmup: Int?
    /// Parts of the render after which the step size is divided; nil for none.
    public var learningRateDrops: NumberList?
    /// What a drop divides by; nil for `defaultDropFactor`.
    public var learningRateDropFactor: Double?
    /// The optimiser.
    public var optimizer: OptimizerName = .adam
    /// Largest magnitude of an element of the gradient; nil for any.
    public var clipGradientValue: Double?
    /// Largest length of the whole gradient; nil for any.
    public var clipGradientNorm: Double?
    /// Whether the latent is kept within the codebook's range; nil for yes.
    public var clampLatent: Bool?
    /// Decay of the running mean of the latents that is shown in place of the last; nil for none.
    public var latentAverage: Double?
    /// Whether the picture of the lowest smoothed loss is shown in place of the last; nil for no.
    public var keepBest: Bool?
    /// Steps without improvement after which the render ends; nil for never.
    public var plateauIterations: Int?
    /// What the smoothed loss must fall by to count as improved; nil for anything.
    public var plateauImprovement: Double?

    /// What published scripts divide by.
    static let defaultDropFactor = 10.0

    /// Settings with a step size and a schedule, all else as usual.
    init(learningRate: Double, schedule: LearningRateSchedule = .constant) {
        (self.learningRate, self.schedule) = (learningRate, schedule)
    }

    /// Checks the settings against each other; throws `RenderSpecError.conflict`.
    func validate() throws(RenderSpecError) {
        if learningRateDropFactor != nil, (learningRateDrops?.numbers ?? []).isEmpty {
            throw .conflict("“learning_rate_drop_factor” does nothing without “learning_rate_drops”, as in [0.75]")
        }
        if plateauImprovement != nil, plateauIterations == nil {
            throw .conflict("“plateau_improvement” does nothing without “plateau_iterations”, as in 50")
        }
    }

    static let settings = rateSettings + stepSettings + endSettings

    private static let rateSettings = [
        RenderSetting(
            "learning_rate", \.descent.learningRate, as: .number(Limits.learningRate), "step size of the optimiser",
            otherNames: ["lr", "step_size"]),
        RenderSetting(
            "schedule", \.descent.schedule, "how the learning rate changes: constant, or cosine down to a fifth",
            otherNames: ["lr_schedule"]),
        RenderSetting(
            "warmup", \.descent.warmup, as: .integer(Limits.iterations),
            "iterations over which the learning rate grows to its full value", otherNames: ["warmup_steps"]),
        RenderSetting(
            "learning_rate_drops", \.descent.learningRateDrops, as: .numbers(0...1, maximum: Limits.drops),
            "parts of the render after which the learning rate is divided, as in [0.75]", otherNames: ["lr_drops"]),
        RenderSetting(
            "learning_rate_drop_factor", \.descent.learningRateDropFactor, as: .number(1...1e6),
            "what a drop divides the learning rate by; 10 unless set"),
    ]

    private static let stepSettings = [
        RenderSetting(
            "optimizer", \.descent.optimizer, "optimiser of the latent, with the published constants",
            otherNames: ["optimiser", "opt"]),
        RenderSetting(
            "clip_gradient_value", \.descent.clipGradientValue, as: .number(Limits.positive),
            "largest magnitude of an element of the gradient", otherNames: ["clip_grad_value"]),
        RenderSetting(
            "clip_gradient_norm", \.descent.clipGradientNorm, as: .number(Limits.positive),
            "largest length of the whole gradient", otherNames: ["clip_grad_norm", "clip_grad", "grad_clip"]),
        RenderSetting(
            "clamp_latent", \.descent.clampLatent,
            "whether the latent is kept within the range of the codebook; true unless set", otherNames: ["clamp_z"]),
    ]

    private static let endSettings = [
        RenderSetting(
            "latent_average", \.descent.latentAverage, as: .number(0...0.9999),
            "decay of a running mean of the latents that is shown in place of the last, as in 0.99",
            otherNames: ["ema", "ema_val", "ema_decay"]),
        RenderSetting(
            "keep_best", \.descent.keepBest,
            "show the picture of the lowest loss (mean of 10 iterations) in place of the last",
            otherNames: ["save_best"]),
        RenderSetting(
            "plateau_iterations", \.descent.plateauIterations, as: .integer(Limits.iterations),
            "end the render after so many iterations without improvement of the loss (mean of 10 iterations)",
            otherNames: ["auto_stop", "patience"]),
        RenderSetting(
            "plateau_improvement", \.descent.plateauImprovement, as: .number(0...1000),
            "what the loss must fall by to count as improved; anything unless set", otherNames: ["min_delta"]),
    ]
}
