/// One setting of a render: its name, its help, what values it takes, and where it lies in a specification.
///
/// Reading, writing, checking, the help, the JSON schema and guesses at misspelt keys all come from this one row.
public struct RenderSetting: Sendable {
    /// What a value may be.
    public enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// True or false.
        case flag
        /// A whole number.
        case integer(ClosedRange<UInt64>)
        /// A number.
        case number(ClosedRange<Double>)
        /// One of some words.
        case choice([String])
        /// A whole number, or several with the iterations at which they begin.
        case schedule(ClosedRange<UInt64>)
        /// An ordered list of augmentations, of at most so many, perhaps with numbers in parentheses.
        case augmentations(maximum: Int)
        /// A list of at most so many numbers.
        case numbers(ClosedRange<Double>, maximum: Int)
        /// A list of at most so many colours, as in `["#ff8800"]`.
        case colors(maximum: Int)
        /// `[width, height]`, or `"WxH"`.
        case size
        /// A model's name: a file, perhaps with `@sha256:` and its digest.
        case file
        /// A model's name or a list of so many, or one text that joins them by `|`; each perhaps with `:weight`.
        case models(maximum: Int)
        /// A picture's name: a PNG file, perhaps with `@sha256:` and its digest.
        case picture
        /// A list of so many picture's names, or one text that joins them by `|`.
        case pictures(maximum: Int)
        /// The same with `:weight:stop` behind every name.
        case imagePrompts(maximum: Int)
        /// A list of so many texts of a syntax of their own, or one text that joins them by `|`.
        case texts(maximum: Int)
    }

    /// The key, in snake case.
    public let name: String
    /// One line for `--help` and the schema.
    public let help: String
    /// What it accepts.
    public let kind: Kind
    /// Names that other programs use for the same thing, to guess what was meant.
    public let otherNames: [String]
    /// Puts a value where it belongs, or refuses it.
    let read: @Sendable (JSONValue, inout RenderSpec) throws(RenderSpecError) -> Void
    /// The value as written; nil for an optional setting that is absent.
    let write: @Sendable (RenderSpec) -> JSONValue?
    /// The files that the value names.
    let files: @Sendable (RenderSpec) -> [FileReference]

    /// A setting that lies at a path.
    ///
    /// - Parameters:
    ///   - name: the key.
    ///   - path: where the value lies.
    ///   - kind: what it accepts; by default all that the type can hold.
    ///   - help: one line without quotes.
    ///   - otherNames: what other programs call it.
    ///   - adjust: what choosing a value brings with it: defaults of settings that stand further down in the table.
    init<Value: SettingConvertible>(
        _ name: String, _ path: any WritableKeyPath<RenderSpec, Value> & Sendable, as kind: Kind? = nil,
        _ help: String, otherNames: [String] = [],
        adjust: @escaping @Sendable (_ spec: inout RenderSpec, _ old: Value) -> Void = { _, _ in }
    ) {
        guard let kind = kind ?? Value.kind else {
            preconditionFailure("the setting \(name) needs the range of its values")
        }
        (self.name, self.help, self.kind, self.otherNames) = (name, help, kind, otherNames)
        read = { value, spec throws(RenderSpecError) in
            let old = spec[keyPath: path]
            spec[keyPath: path] = try Value.read(value, key: name, kind: kind)
            adjust(&spec, old)
        }
        write = { $0[keyPath: path].json }
        files = { $0[keyPath: path].files }
    }
}

/// The table of all settings.
///
/// Settings are read in this order: a row may bring defaults for rows below it.
public enum RenderSettings {
    /// Every setting, in the order of the help.
    public static let keys: [RenderSetting] =
        pictureSettings + PromptSettings.settings + startSettings + StartSettings.settings
        + DescentSettings.settings + RegularizerSettings.settings + Seamless.settings
        + ViewSettings.settings + modelSettings + JudgingSettings.settings

    private static let modelSettings = [
        RenderSetting(
            "vqgan", \.vqgan, "the painting model: starter, or a checkpoint's name",
            otherNames: ["vqgan_checkpoint", "vqgan_model", "vqgan_config"]),
        RenderSetting(
            "clip", \.clips, "the judging models: starter, or a checkpoint's name; several as a list, each name:weight",
            otherNames: ["clip_model", "clip_models"]),
    ]

    private static let pictureSettings = [
        RenderSetting(
            "prompt", \.prompt,
            "what to draw; several joined by |, each text:weight:stop, phrases of a story separated by ^",
            otherNames: ["prompts", "text"], adjust: { spec, _ in spec.listNamedMasks() }),
        RenderSetting(
            "caption", \.caption, "what contact sheets say below the picture instead of the prompt",
            otherNames: ["title", "label"]),
        RenderSetting(
            "seed", \.seed, as: .integer(0...UInt64.max), "number that all random choices follow from"),
        RenderSetting(
            "size", \.size, "width and height in pixels, multiples of the VQGAN's factor",
            otherNames: ["width", "height", "resolution"]),
        RenderSetting(
            "iterations", \.iterations, as: .integer(Limits.iterations), "number of optimiser steps",
            otherNames: ["max_iterations", "steps", "steps_per_scene"]),
    ]

    private static let startSettings = [
        RenderSetting(
            "start_image", \.startImage, as: .picture, "PNG to start from",
            otherNames: ["init_image", "direct_init", "initial_image"], adjust: { spec, _ in spec.start = .image }),
        RenderSetting(
            "start", \.start,
            "what the picture grows from: search (a layout), random (codes), gray, pixels, gradient, or image",
            otherNames: ["init", "init_noise"]),
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
