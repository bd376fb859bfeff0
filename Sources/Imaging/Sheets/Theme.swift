/// The colors of contact sheets and plots: light on a dark, faintly blue ground, so that pictures stand out.
enum Theme {
    static let background = RGBColor(0x111318)
    static let panel = RGBColor(0x1A1D24)
    static let grid = RGBColor(0x272B34)
    static let faint = RGBColor(0x4A505E)
    static let dim = RGBColor(0x8B93A3)
    static let text = RGBColor(0xD5DAE3)
    static let title = RGBColor(0xF4F6FA)
    static let warning = RGBColor(0xE0A458)

    /// The color of one of many curves: ten chosen by eye, then hues a golden angle apart, in three shades.
    static func curve(_ index: Int) -> RGBColor {
        let chosen: [UInt32] = [
            0x5CA8FF, 0xFFA94D, 0x63E6BE, 0xFF8787, 0xB197FC, 0xFFD43B, 0x4DD4E6, 0xF783AC, 0xA9E34B, 0xCED4DA,
        ]
        if index < chosen.count { return RGBColor(chosen[index]) }
        let hue = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
        let shades = [(0.55, 1.0), (0.75, 0.9), (0.35, 0.85)]
        let (saturation, value) = shades[index % shades.count]
        return color(hue: hue, saturation: saturation, value: value)
    }

    /// HSV to RGB; all arguments lie in 0...1.
    private static func color(hue: Double, saturation: Double, value: Double) -> RGBColor {
        let sample = { (shift: Double) -> UInt8 in
            let k = (shift + hue * 6).truncatingRemainder(dividingBy: 6)
            return UInt8((value - value * saturation * max(0, min(k, 4 - k, 1))) * 255 + 0.5)
        }
        return RGBColor(red: sample(5), green: sample(3), blue: sample(1))
    }
}
