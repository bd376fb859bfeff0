/// How views of the picture are taken for CLIP.
public enum CutoutMethod: String, SettingChoice, Codable {
    /// The published default: the whole picture pooled to CLIP's size, then a list of augmentations.
    case latest
    /// The first scripts' random crops, nothing else.
    case original
    /// Random crops with mild augmentations.
    case updated
    /// Random crops with a list of augmentations.
    case nrupdated
    /// The pooled picture with four augmentations.
    case updatedpooling
    /// The starter pair's recipe: near-whole crops, slight warps and colour changes, two kinds of noise.
    case gentle

    /// What applies where the user names no augmentations.
    public var defaultAugmentations: [AugmentationSetting] {
        let names: [AugmentationName] =
            switch self {
            case .original, .gentle: []
            case .updated: [.flip, .jitter, .sharpness, .affine, .perspective]
            case .updatedpooling: [.affine, .perspective, .jitter, .erasing]
            case .latest, .nrupdated: [.affine, .perspective, .jitter, .erasing]
            }
        return names.map { AugmentationSetting($0) }
    }

    /// What applies where the user sets no noise.
    public var defaultNoise: Double {
        switch self {
        case .original: 0
        case .gentle: 0.25
        case .updated, .nrupdated, .updatedpooling, .latest: 0.1
        }
    }

    /// Whether views begin as random crops, so that `cut_pow` has a meaning.
    public var takesCrops: Bool { [.original, .updated, .nrupdated].contains(self) }
}

/// The augmentations of the published methods.
public enum AugmentationName: String, SettingChoice, Codable {
    /// Rotation, shear and vertical shift.
    case affine
    /// A random quadrilateral.
    case perspective
    /// Brightness, contrast, saturation and hue.
    case jitter
    /// A black rectangle.
    case erasing
    /// Left and right exchanged.
    case flip
    /// Between a smoothed view and the view.
    case sharpness
    /// Normal noise of a deviation of 1.
    case noise
    /// Rotation alone.
    case rotation
    /// A smooth random displacement.
    case elastic
    /// A warp by five moved points; experimental.
    case spline
    /// A crop of CLIP's size, which does nothing unless corrected.
    case crop
    /// A random part, enlarged.
    case resizedCrop = "resized_crop"

    /// The two-letter name known from other programs.
    public var shortName: String {
        switch self {
        case .affine: "Af"
        case .perspective: "Pe"
        case .jitter: "Ji"
        case .erasing: "Er"
        case .flip: "Hf"
        case .sharpness: "Sh"
        case .noise: "Gn"
        case .rotation: "Ro"
        case .elastic: "Et"
        case .spline: "Ts"
        case .crop: "Cr"
        case .resizedCrop: "Re"
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
