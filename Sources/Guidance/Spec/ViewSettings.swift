/// How views of the picture are taken for CLIP.
public enum CutoutMethod: String, SettingChoice, Codable {
    /// The published method: the whole picture pooled to CLIP's size, then a list of augmentations.
    case latest
    /// The starter pair's recipe: near-whole crops, slight warps and colour changes, two kinds of noise.
    case gentle

    /// What applies where the user names no augmentations.
    public var defaultAugmentations: [AugmentationName] {
        self == .latest ? [.affine, .perspective, .jitter, .erasing] : []
    }

    /// What applies where the user sets no noise.
    public var defaultNoise: Double { self == .latest ? 0.1 : 0.25 }
}

/// The augmentations of the `latest` method.
public enum AugmentationName: String, SettingChoice, Codable {
    /// Rotation, shear and vertical shift.
    case affine
    /// A random quadrilateral.
    case perspective
    /// Brightness, contrast, saturation and hue.
    case jitter
    /// A black rectangle.
    case erasing

    /// The two-letter name known from other programs.
    public var shortName: String {
        switch self {
        case .affine: "Af"
        case .perspective: "Pe"
        case .jitter: "Ji"
        case .erasing: "Er"
        }
    }

    /// The augmentation of a full or a short name, whatever the case of its letters.
    public init?(named name: String) {
        let word = name.lowercased()
        guard let found = Self.allCases.first(where: { $0.rawValue == word || $0.shortName.lowercased() == word })
        else {
            return nil
        }
        self = found
    }
}

/// What CLIP looks at in every step.
public struct ViewSettings: Sendable, Hashable {
    /// Views that CLIP judges in a step.
    public var count: Int
    /// How views are taken.
    public var method: CutoutMethod
    /// What happens to the views of the `latest` method, in order.
    public var augmentations: [AugmentationName]
    /// Largest standard deviation of the noise on a view.
    public var noise: Double

    /// The settings that a method brings along.
    public init(count: Int, method: CutoutMethod) {
        (self.count, self.method) = (count, method)
        (augmentations, noise) = (method.defaultAugmentations, method.defaultNoise)
    }

    static let settings = [
        RenderSetting(
            "cutouts", \.views.count, as: .integer(Limits.cutouts), "views of the picture that CLIP judges per step",
            otherNames: ["cutn", "num_cuts", "cutn_batches"]),
        RenderSetting(
            "cutout_method", \.views.method,
            "how views are taken: latest (pooled picture, then augmentations) or gentle (near-whole crops)",
            otherNames: ["cut_method"],
            adjust: { spec, old in
                guard spec.views.method != old else { return }
                spec.views = ViewSettings(count: spec.views.count, method: spec.views.method)
            }),
        RenderSetting(
            "augmentations", \.views.augmentations,
            as: .choices(AugmentationName.allCases.map(\.rawValue), maximum: Limits.augmentations),
            "augmentations of the latest method in order; Af, Pe, Ji and Er are short for them",
            otherNames: ["augments", "aug"]),
        RenderSetting(
            "noise", \.views.noise, as: .number(Limits.noise), "largest standard deviation of the noise on a view",
            otherNames: ["noise_fac"]),
    ]
}
