/// How a picture of another aspect fills the render.
public enum StartFit: String, SettingChoice, Codable {
    /// Its aspect gives way, as in the published scripts.
    case stretch
    /// All of it is seen, with gray beside it.
    case fit
    /// The render is full, and what sticks out is cut off.
    case fill
}

/// How a start from a picture uses it.
public struct StartSettings: Sendable, Hashable {
    /// How the picture fills the render; nil stretches it.
    public var fit: StartFit?
    /// Share of random pixels mixed into the picture, in [0, 1].
    public var noise: Double?
    /// The mask of what must not change: white is kept.
    public var keepMask: FileReference?

    /// The picture itself, stretched, all of it free to change.
    public init() {}

    static let settings = [
        RenderSetting(
            "start_fit", \.starting.fit,
            "how start_image fills the render: stretch (unless set), fit (gray beside), fill (cut)",
            otherNames: ["init_fit", "resize_mode"]),
        RenderSetting(
            "start_noise", \.starting.noise, as: .number(0...1), "share of random pixels mixed into start_image",
            otherNames: ["init_noise_amount"]),
        RenderSetting(
            "keep_mask", \.starting.keepMask, as: .picture,
            "PNG whose white pixels stay exactly those of start_image; black may change",
            otherNames: ["mask", "inpaint_mask", "mask_image"]),
    ]
}

extension StartFit: SettingConvertible {}

extension RenderSpec {
    /// Checks that what belongs to a start picture has one; throws `RenderSpecError`.
    func validateStart() throws(RenderSpecError) {
        if start == .image, startImage == nil {
            throw .conflict("“start” is \"image\" but no “start_image” is named")
        }
        if start != .image, startImage != nil {
            throw .conflict("“start_image” is named but “start” is \"\(start.rawValue)\"; leave out one of them")
        }
        guard startImage == nil else { return }
        for (key, isGiven) in [
            ("start_fit", starting.fit != nil), ("start_noise", starting.noise != nil),
            ("keep_mask", starting.keepMask != nil),
        ] where isGiven {
            throw .conflict("“\(key)” needs a “start_image”; name one or leave it out")
        }
    }
}
