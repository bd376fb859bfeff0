public import Crypto
import Foundation

/// What a render starts from.
public enum Start: String, Sendable, Codable, CaseIterable {
    /// The simple two-colour layout nearest to the prompt.
    case search
    /// Random rows of the codebook.
    case random
    /// A uniformly gray picture.
    case gray
    /// The picture named by `start_image`.
    case image
}

/// How views of the picture are taken for CLIP.
public enum CutoutMethod: String, Sendable, Codable, CaseIterable {
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
public enum AugmentationName: String, Sendable, Codable, CaseIterable {
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

/// The optimiser of the latent.
public enum OptimizerName: String, Sendable, Codable, CaseIterable {
    /// Kingma and Ba 2015.
    case adam
}

/// Extents of a picture in pixels, written `[width, height]`.
public struct PictureSize: Sendable, Hashable, CustomStringConvertible {
    /// Pixels from left to right.
    public var width: Int
    /// Pixels from top to bottom.
    public var height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// As in `512×256`.
    public var description: String { "\(width)×\(height)" }
}

/// Every setting of one render: with the models' files, all that a picture depends on.
///
/// In JSON the keys are in snake case, as users write them in a template; `RenderSettings.keys` lists them. Decoding is
/// strict: unknown keys, other kinds of values and values out of range are refused with one clear line.
public struct RenderSpec: Sendable, Hashable {
    /// Prompts joined by `|`, each `text:weight:stop`.
    public var prompt: String
    /// The key of every random stream.
    public var seed: UInt64
    /// Extents of the picture.
    public var size: PictureSize
    /// Number of optimiser steps, exactly.
    public var iterations: Int
    /// What the picture grows from.
    public var start: Start
    /// The picture to start from; present exactly if `start` is `image`.
    public var startImage: FileReference?
    /// Step size of the optimiser.
    public var learningRate: Double
    /// How the step size changes.
    public var schedule: LearningRateSchedule
    /// The optimiser.
    public var optimizer: OptimizerName
    /// Views that CLIP judges in a step.
    public var cutouts: Int
    /// How views are taken.
    public var cutoutMethod: CutoutMethod
    /// What happens to the views of the `latest` method, in order.
    public var augmentations: [AugmentationName]
    /// Largest standard deviation of the noise on a view.
    public var noise: Double
    /// The painting model.
    public var vqgan: FileReference
    /// The judging model.
    public var clip: FileReference

    /// The prompts, parsed; throws `PromptError`.
    public func prompts() throws(PromptError) -> [PromptText] { try PromptSyntax.parse(prompt) }

    /// The canonical JSON: sorted keys, no blanks, shortest numbers; enough to render the picture again.
    ///
    /// Equal specifications give equal bytes.
    public func canonicalJSON() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// SHA-256 of the canonical JSON.
    public func digest() throws -> SHA256Digest { SHA256.hash(data: Data(try canonicalJSON().utf8)) }
}
