import TensorCore

/// Axes along which a picture can be laid beside itself without a seam.
public enum Seamless: String, SettingChoice, Codable {
    /// Both: a tile.
    case both
    /// Left and right fit: a frieze, a panorama.
    case horizontal
    /// Top and bottom fit.
    case vertical

    /// The axes as the networks take them.
    var axes: CircularAxes {
        switch self {
        case .both: [.horizontal, .vertical]
        case .horizontal: .horizontal
        case .vertical: .vertical
        }
    }

    static let settings = [
        RenderSetting(
            "seamless", \.seamless,
            "axes along which copies of the picture fit together without a seam: both, horizontal, vertical",
            otherNames: ["tiling", "tile", "seamless_tiling", "padding_mode"])
    ]
}

extension Seamless: SettingConvertible {}

extension RenderSpec {
    /// Axes along which the picture has no border.
    var circularAxes: CircularAxes { seamless?.axes ?? [] }
}
