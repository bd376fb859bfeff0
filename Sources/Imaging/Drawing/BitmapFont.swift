import Foundation

/// A small proportional bitmap font of our own: the printable ASCII characters, with accents composed above them.
///
/// Capitals are 7 pixels high, small letters 5, descenders 2 and accents 3 (with their gap), so a line is 12 pixels
/// high. Characters that have no glyph and no sensible replacement are drawn as a box.
enum BitmapFont {
    /// The height of a line in pixels at scale 1: three rows of accents, seven of letters, two of descenders.
    static let lineHeight = 12

    /// The row of the line at which capitals begin.
    static let capitalTop = 3

    /// One character: twelve rows of pixels, bit 0 leftmost, and the number of columns.
    struct Glyph: Equatable {
        var rows: [UInt16]
        var width: Int

        func isSet(_ x: Int, _ y: Int) -> Bool {
            x >= 0 && y >= 0 && x < width && y < rows.count && rows[y] >> UInt16(x) & 1 == 1
        }
    }

    /// The glyphs of a text; some characters, such as the ellipsis, take several.
    static func glyphs(for text: String) -> [Glyph] {
        text.prefix(Limits.drawnCharacters).flatMap { character -> [Glyph] in
            if let glyph = ascii(character) { return [glyph] }
            if let plain = replacements[character] { return plain.compactMap(ascii) }
            if character.isWhitespace { return [ascii(" ")].compactMap { $0 } }
            return [composed(character) ?? box]
        }
    }

    /// The columns a text takes at scale 1, with one empty column between characters.
    static func width(of text: String) -> Int {
        max(glyphs(for: text).reduce(0) { $0 + $1.width + 1 } - 1, 0)
    }

    /// What unknown characters look like.
    static let box = Glyph(rows: [0, 0, 0, 31, 17, 17, 17, 17, 17, 31, 0, 0], width: 5)

    // MARK: - Making glyphs

    private static func ascii(_ character: Character) -> Glyph? {
        guard let value = character.asciiValue, value >= 32, Int(value) - 32 < letters.count else { return nil }
        return letters[Int(value) - 32]
    }

    /// A letter with the accents of its canonical decomposition, or nil if the letter itself is unknown.
    private static func composed(_ character: Character) -> Glyph? {
        let scalars = Array(String(character).decomposedStringWithCanonicalMapping.unicodeScalars)
        guard let base = scalars.first, scalars.count > 1, var glyph = ascii(Character(base)) else { return nil }
        if base == "i" || base == "j" { glyph.rows[capitalTop] = 0 }  // an accent replaces the dot
        for mark in scalars.dropFirst() {
            // An accent without a drawing leaves the letter alone: the text stays readable.
            guard let drawing = marks[mark] else { continue }
            glyph = glyph.adding(drawing.rows, isBelow: drawing.isBelow)
        }
        return glyph
    }

    private static let letters: [Glyph] = BitmapFontTable.letters.map { code in
        var rows = [UInt16](repeating: 0, count: capitalTop)
        for digit in code { rows.append(mirrored(UInt16(String(digit), radix: 32) ?? 0)) }
        let used = rows.reduce(0, |)
        return Glyph(rows: rows, width: used == 0 ? 3 : UInt16.bitWidth - used.leadingZeroBitCount)
    }

    /// Five bits in reverse: the table has the leftmost pixel in the highest one, glyphs in the lowest.
    private static func mirrored(_ row: UInt16) -> UInt16 {
        var result: UInt16 = 0
        for bit in 0..<5 where row & (1 << UInt16(bit)) != 0 { result |= 1 << UInt16(4 - bit) }
        return result
    }

    private static let marks: [Unicode.Scalar: (rows: [UInt16], isBelow: Bool)] = [
        "\u{300}": ([0b01, 0b10], false),  // grave
        "\u{301}": ([0b10, 0b01], false),  // acute
        "\u{302}": ([0b010, 0b101], false),  // circumflex
        "\u{303}": ([0b1010, 0b0101], false),  // tilde
        "\u{304}": ([0, 0b111], false),  // macron
        "\u{306}": ([0b101, 0b010], false),  // breve
        "\u{307}": ([0, 0b1], false),  // dot above
        "\u{308}": ([0, 0b101], false),  // diaeresis
        "\u{30A}": ([0b11, 0b11], false),  // ring
        "\u{30B}": ([0b1010, 0b0101], false),  // double acute
        "\u{30C}": ([0b101, 0b010], false),  // caron
        "\u{327}": ([0b10, 0b01], true),  // cedilla
        "\u{328}": ([0b01, 0b10], true),  // ogonek
    ]

    private static let replacements: [Character: String] = [
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d",
        "Đ": "D", "ð": "d", "þ": "th", "Þ": "Th", "ı": "i", "‘": "'", "’": "'", "‚": ",", "“": "\"", "”": "\"",
        "„": "\"", "«": "\"", "»": "\"", "–": "-", "—": "-", "−": "-", "…": "...", "×": "x", "·": ".", "•": "*",
        "¡": "!", "¿": "?", "µ": "u",
    ]
}

extension BitmapFont.Glyph {
    /// The glyph with an accent centered over it, or hanging below it.
    fileprivate func adding(_ mark: [UInt16], isBelow: Bool) -> BitmapFont.Glyph {
        let markBits = mark.reduce(0, |)
        let markWidth = UInt16.bitWidth - markBits.leadingZeroBitCount
        let newWidth = max(width, markWidth)
        let shift = UInt16((newWidth - width) / 2)
        let markShift = UInt16((newWidth - markWidth) / 2)
        let top = rows.firstIndex { $0 != 0 } ?? BitmapFont.capitalTop
        let first = isBelow ? rows.count - mark.count : max(top - 3, 0)
        var result = BitmapFont.Glyph(rows: rows.map { $0 << shift }, width: newWidth)
        for (index, row) in mark.enumerated() { result.rows[first + index] |= row << markShift }
        return result
    }
}
