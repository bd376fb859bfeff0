public import Imaging

/// Some colours as one setting, written `["#ff8800", …]`.
public struct Palette: Sendable, Hashable {
    /// The colours, in the order written.
    public var colors: [RGBColor]

    /// Makes a palette.
    public init(_ colors: [RGBColor]) { self.colors = colors }
}

extension Palette: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Palette {
        guard case .colors(let maximum) = kind else {
            preconditionFailure("the setting \(key) is no list of colours")
        }
        guard case .array(let items) = value else {
            throw .wrongType(key: key, expected: "a list such as [\"#ff8800\", \"#203040\"]", found: value.kindName)
        }
        guard (1...maximum).contains(items.count) else {
            throw .outOfRange(key: key, value: "a list of \(items.count)", allowed: "1 ... \(maximum) colours")
        }
        return Palette(
            try items.map { item throws(RenderSpecError) in
                guard case .string(let text) = item, let color = RGBColor(hexadecimal: text) else {
                    throw .wrongType(key: key, expected: "colours as in \"#ff8800\"", found: item.kindName)
                }
                return color
            })
    }

    var json: JSONValue? { .array(colors.map { .string($0.hexadecimal) }) }
}

extension RGBColor {
    /// The colour of six hexadecimal digits, perhaps with `#` before them.
    init?(hexadecimal text: String) {
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
            return nil
        }
        self.init(red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
    }

    /// As in `#ff8800`.
    var hexadecimal: String {
        let value = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
        let digits = String(value, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}
