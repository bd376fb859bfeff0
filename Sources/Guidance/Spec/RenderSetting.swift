/// One setting of a render: its name, its help, and what values it takes.
public struct RenderSetting: Sendable {
    /// What a value may be.
    public enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// A whole number.
        case integer(ClosedRange<UInt64>)
        /// A number.
        case number(ClosedRange<Double>)
        /// One of some words.
        case choice([String])
        /// An ordered list of some words.
        case choices([String])
        /// `[width, height]`, or `"WxH"`.
        case size
        /// A file's name, perhaps with `@sha256:` and its digest.
        case file
    }

    /// The key, in snake case.
    public let name: String
    /// One line for `--help` and the schema.
    public let help: String
    /// What it accepts.
    public let kind: Kind
    /// Names that other programs use for the same thing, to guess what was meant.
    let otherNames: [String]

    init(_ name: String, _ kind: Kind, _ help: String, otherNames: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.otherNames = otherNames
    }
}

/// The table of all settings: decoding, help, the JSON schema and guesses at misspelt keys come from it.
public enum RenderSettings {
    /// Every setting, in the order of the help.
    public static let keys: [RenderSetting] = [
        RenderSetting(
            "prompt", .text, "what to draw; several joined by |, each text:weight:stop",
            otherNames: ["prompts", "text", "caption"]),
        RenderSetting("seed", .integer(0...UInt64.max), "number that all random choices follow from"),
        RenderSetting(
            "size", .size, "width and height in pixels, multiples of the VQGAN's factor",
            otherNames: ["width", "height", "resolution"]),
        RenderSetting(
            "iterations", .integer(Limits.iterations), "number of optimiser steps",
            otherNames: ["max_iterations", "steps", "steps_per_scene"]),
        RenderSetting(
            "start", .choice(Start.allCases.map(\.rawValue)),
            "what the picture grows from: searched layout, random codes, gray, or start_image",
            otherNames: ["init", "init_noise"]),
        RenderSetting(
            "start_image", .file, "PNG to start from", otherNames: ["init_image", "direct_init", "initial_image"]),
        RenderSetting(
            "learning_rate", .number(Limits.learningRate), "step size of the optimiser",
            otherNames: ["lr", "step_size"]
        ),
        RenderSetting(
            "schedule", .choice(LearningRateSchedule.allCases.map(\.rawValue)),
            "how the learning rate changes: constant, or cosine down to a fifth", otherNames: ["learning_rate_drops"]),
        RenderSetting(
            "optimizer", .choice(OptimizerName.allCases.map(\.rawValue)), "optimiser of the latent",
            otherNames: ["optimiser"]),
        RenderSetting(
            "cutouts", .integer(Limits.cutouts), "views of the picture that CLIP judges per step",
            otherNames: ["cutn", "num_cuts", "cutn_batches"]),
        RenderSetting(
            "cutout_method", .choice(CutoutMethod.allCases.map(\.rawValue)),
            "how views are taken: latest (pooled picture, then augmentations) or gentle (near-whole crops)",
            otherNames: ["cut_method"]),
        RenderSetting(
            "augmentations", .choices(AugmentationName.allCases.map(\.rawValue)),
            "augmentations of the latest method in order; Af, Pe, Ji and Er are short for them",
            otherNames: ["augments", "aug"]),
        RenderSetting(
            "noise", .number(Limits.noise), "largest standard deviation of the noise on a view",
            otherNames: ["noise_fac"]),
        RenderSetting(
            "vqgan", .file, "the painting model: starter, or a checkpoint's name",
            otherNames: ["vqgan_checkpoint", "vqgan_model", "vqgan_config"]),
        RenderSetting(
            "clip", .file, "the judging model: starter, or a checkpoint's name",
            otherNames: ["clip_model", "clip_models"]
        ),
    ]

    /// The setting of this name.
    public static func named(_ name: String) -> RenderSetting? { keys.first { $0.name == name } }

    /// The setting that a misspelt or foreign key most likely means.
    public static func nearest(to key: String) -> String {
        let candidates = keys.flatMap { setting in ([setting.name] + setting.otherNames).map { (setting.name, $0) } }
        let written = nearestName(to: key, among: candidates.map(\.1))
        return candidates.first { $0.1 == written }?.0 ?? keys[0].name
    }
}
