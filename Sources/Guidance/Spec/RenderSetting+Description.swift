import Foundation

extension RenderSetting {
    /// What it accepts, in words.
    public var accepted: String {
        switch kind {
        case .text: "a text"
        case .flag: "true or false"
        case .integer(let range): "a whole number, \(range.lowerBound) ... \(range.upperBound)"
        case .number(let range): "a number, \(range.lowerBound) ... \(range.upperBound)"
        case .numbers(let range, let maximum):
            "a list of up to \(maximum) numbers, \(range.lowerBound) ... \(range.upperBound)"
        case .colors(let maximum): "a list of up to \(maximum) colours, as in #ff8800"
        case .choice(let words): words.joined(separator: ", ")
        case .schedule(let range):
            "a whole number, \(range.lowerBound) ... \(range.upperBound), or several with the iterations they begin at"
        case .augmentations(let maximum): "a list of up to \(maximum) augmentations, perhaps with numbers"
        case .size:
            "[width, height] or WxH, each \(Limits.side.lowerBound) ... \(Limits.side.upperBound)"
        case .file: "starter, or the name of a model"
        case .models(let maximum): "a model, or a list of up to \(maximum), each perhaps with :weight"
        case .picture: "a PNG file"
        case .pictures(let maximum): "a list of up to \(maximum) PNG files"
        case .imagePrompts(let maximum): "a list of up to \(maximum) PNG files, each with :weight:stop"
        case .texts(let maximum): "a list of up to \(maximum) texts"
        }
    }

    /// What applies where it is not set, as JSON; nil where it is off or has to be given.
    public func defaultText(in defaults: RenderDefaults) -> String? {
        guard !isRequired, let value = write(defaults.spec), let data = try? JSONEncoder().encode(value) else {
            return nil
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Whether it has to be given: a prompt has no default.
    public var isRequired: Bool { name == "prompt" }
}

extension RenderSettings {
    /// The setting that another program knows by this name.
    public static func known(elsewhereAs name: String) -> RenderSetting? {
        keys.first { $0.otherNames.contains(name) }
    }
}
