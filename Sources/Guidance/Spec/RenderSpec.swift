public import Crypto
import Foundation

/// What a render starts from.
public enum Start: String, SettingChoice, Codable {
    /// The simple two-colour layout nearest to the prompt.
    case search
    /// Random rows of the codebook.
    case random
    /// A uniformly gray picture.
    case gray
    /// A picture of random pixels.
    case pixels
    /// A picture of random linear ramps.
    case gradient
    /// The picture named by `start_image`.
    case image
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
    /// Phrases separated by `^`, of prompts joined by `|`, each `text:weight:stop`.
    public var prompt: String
    /// What a contact sheet says below the picture; nil for the prompt.
    public var caption: String?
    /// The key of every random stream.
    public var seed: UInt64
    /// Extents of the picture.
    public var size: PictureSize
    /// Number of optimiser steps; fewer are done only if `plateauIterations` ends the render.
    public var iterations: Int
    /// What the picture grows from.
    public var start: Start
    /// The picture to start from; present exactly if `start` is `image`.
    public var startImage: FileReference?
    /// How a start picture is used.
    public var starting = StartSettings()
    /// Prompts beside the text, and how a story goes on.
    public var prompting = PromptSettings()
    /// How the latent moves.
    public var descent: DescentSettings
    /// Axes along which copies of the picture fit together; nil for none.
    public var seamless: Seamless?
    /// Terms of the loss that no judge gives.
    public var regularizers = RegularizerSettings()
    /// What CLIP looks at in every step.
    public var views: ViewSettings
    /// The painting model.
    public var vqgan: FileReference
    /// The judging models.
    public var clips: GuidingCLIPs
    /// What is known of the judges, and who scores the finished picture.
    public var judging = JudgingSettings()

    /// The first judging model, in most renders the only one.
    public var clip: FileReference {
        get { clips.judges[0].file }
        set { clips.judges[0].file = newValue }
    }

    /// The text prompts of all phrases, parsed; throws `PromptError`.
    public func prompts() throws(PromptError) -> [PromptText] { try PromptSyntax.parse(prompt) }

    /// The text prompts by phrase; throws `PromptError`.
    public func story() throws(PromptError) -> [[PromptText]] { try PromptSyntax.story(prompt) }

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
