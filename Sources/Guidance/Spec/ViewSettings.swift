/// What CLIP looks at in every step.
public struct ViewSettings: Sendable, Hashable {
    /// Views that CLIP judges in a step.
    public var count: CutoutSchedule
    /// How views are taken.
    public var method: CutoutMethod
    /// What happens to the views, in order; not for the gentle method.
    public var augmentations: [AugmentationSetting]
    /// Largest standard deviation of the noise on a view.
    public var noise: Double
    /// Power of the random crops' sizes; above 1 small crops are more frequent; 1 by default.
    public var cutPower: Double?
    /// Whether augmentations do what was meant where the published ones have quirks; they keep them by default.
    public var correctsAugmentations: Bool?
    /// Most views in memory at once; all by default.
    public var batch: Int?

    /// The settings that a method brings along.
    public init(count: CutoutSchedule, method: CutoutMethod) {
        (self.count, self.method) = (count, method)
        (augmentations, noise) = (method.defaultAugmentations, method.defaultNoise)
    }

    static let settings = [
        RenderSetting(
            "cutouts", \.views.count, as: .schedule(Limits.cutouts),
            "views of the picture that CLIP judges per step; 32@0,16@200 for fewer from step 200 on",
            otherNames: ["cutn", "num_cuts", "cutn_batches"]),
        RenderSetting(
            "cutout_method", \.views.method,
            "how views are taken: latest or updatedpooling (pooled picture), original, updated or nrupdated "
                + "(random crops), each with its augmentations, or gentle (near-whole crops)",
            otherNames: ["cut_method"],
            adjust: { spec, old in
                guard spec.views.method != old else { return }
                spec.views = ViewSettings(count: spec.views.count, method: spec.views.method)
            }),
        RenderSetting(
            "augmentations", \.views.augmentations, as: .augmentations(maximum: Limits.augmentations),
            "what happens to views, in order: "
                + AugmentationName.allCases.map { "\($0.rawValue) (\($0.shortName))" }.joined(separator: ", ")
                + "; with numbers as in affine(degrees=10 p=0.5)",
            otherNames: ["augments", "aug"]),
        RenderSetting(
            "noise", \.views.noise, as: .number(Limits.noise),
            "largest standard deviation of the noise on a view; 0 with original unless set",
            otherNames: ["noise_fac"]),
        RenderSetting(
            "cut_pow", \.views.cutPower, as: .number(Limits.cutPower),
            "power of the random crops' sizes; above 1 favours small ones; 1 unless set", otherNames: ["cut_power"]),
        RenderSetting(
            "corrected_augmentations", \.views.correctsAugmentations,
            "true lets augmentations do what was meant where the published ones have quirks"),
        RenderSetting(
            "cutout_batch", \.views.batch, as: .integer(Limits.cutouts),
            "most views in memory at once, by default 8; fewer need less memory and give the same up to rounding",
            otherNames: ["batches", "gradient_accumulation_steps", "micro_batch"]),
    ]
}
