import Foundation

/// What CLIP does to a text before it is split: repair, unescape, collapse spaces, lower case.
///
/// The original repairs with the ftfy library. Covered here: terminal escapes, C1 controls, Latin ligatures, full-width
/// and half-width forms, curly quotes, control characters, Unicode's composed form (NFC). Not covered: text decoded with
/// the wrong encoding ("mojibake") and the context-dependent final sigma; for ASCII there is no difference.
enum TextCleaning {
    static func clean(_ text: String) -> String {
        let repaired = repair(text)
        let plain = HTMLEntities.unescape(HTMLEntities.unescape(repaired))
        return plain.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
            .map { String($0) }.joined(separator: " ").lowercased()
    }

    private static func repair(_ text: String) -> String {
        // Text with a "<" may be markup, where an entity is meant; both unescapings above still apply.
        let unescaped = text.contains("<") ? text : HTMLEntities.unescape(text)
        var result = String.UnicodeScalarView()
        for scalar in withoutTerminalEscapes(unescaped.unicodeScalars) {
            result.append(contentsOf: replacement(scalar))
        }
        return String(result).precomposedStringWithCanonicalMapping
    }

    /// Removes `ESC [ parameters letter`, which colours a terminal.
    private static func withoutTerminalEscapes(_ scalars: String.UnicodeScalarView) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var rest = Array(scalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}", rest.first == "[" {
                let tail = rest.dropFirst().drop { ("0"..."9").contains($0) || $0 == ";" }
                if let last = tail.first, ("a"..."z").contains(last) || ("A"..."Z").contains(last) {
                    rest = tail.dropFirst()
                    continue
                }
            }
            result.append(scalar)
        }
        return result
    }

    private static func replacement(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC:
            return []
        case 0x80...0x9F:
            // Windows-1252 has curly quotes among these, which are straightened in turn.
            return HTMLEntities.windows1252(scalar.value).map(replacement) ?? [scalar]
        case 0x2BC, 0x2018...0x201B:
            return ["'"]
        case 0x201C...0x201F:
            return ["\""]
        case 0x3000:
            return [" "]
        case 0x132...0x133, 0x149, 0x1C4...0x1CC, 0x1F1...0x1F3, 0xFB00...0xFB06, 0xFF01...0xFFEF:
            // Ligatures and width variants: what they are compatible with.
            let compatible = Array(String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
            return compatible == [scalar] ? compatible : compatible.flatMap(replacement)
        default:
            return [scalar]
        }
    }
}
