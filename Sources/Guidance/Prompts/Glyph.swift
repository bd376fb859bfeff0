/// A character of a prompt, with the separators told apart from their escaped forms.
enum Glyph: Equatable {
    case plain(Character)
    case colon
    case bar
    case caret
    case at

    /// What a backslash makes plain; before anything else it is a backslash.
    private static let special: [Character: Glyph] = [":": .colon, "|": .bar, "^": .caret, "@": .at]

    static func read(_ string: String) -> ArraySlice<Glyph> {
        var glyphs: [Glyph] = []
        var rest = Substring(string)
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.first, next == "\\" || special[next] != nil {
                glyphs.append(.plain(next))
                rest.removeFirst()
            } else {
                glyphs.append(special[character] ?? .plain(character))
            }
        }
        return glyphs[...]
    }

    /// The text with escapes resolved.
    static func text(_ glyphs: ArraySlice<Glyph>) -> String {
        String(
            glyphs.map { glyph -> Character in
                switch glyph {
                case .plain(let character): character
                case .colon: ":"
                case .bar: "|"
                case .caret: "^"
                case .at: "@"
                }
            })
    }

    /// The text that reads as these plain characters.
    static func escaped(_ text: String) -> String {
        String(text.flatMap { $0 == "\\" || special[$0] != nil ? ["\\", $0] : [$0] })
    }
}

extension ArraySlice<Glyph> {
    /// Takes up to two numbers behind colons off the end: a weight, then a stop.
    ///
    /// What follows a colon and is no number ends this, as does the digest of a file.
    mutating func peelNumbers() -> [Float] {
        var numbers: [Float] = []
        while numbers.count < 2, let colon = lastIndex(of: .colon), !self[..<colon].endsInDigestMark,
            let number = Float(decimal: Glyph.text(self[(colon + 1)...]))
        {
            numbers.insert(number, at: 0)
            self = self[..<colon]
        }
        return numbers
    }

    private var endsInDigestMark: Bool { count >= 7 && Glyph.text(suffix(7)) == "@sha256" && suffix(7).first == .at }

    /// Takes `@inside=name` or `@outside=name` off the end; throws `PromptError` for one without a name.
    mutating func peelRegion() throws(PromptError) -> PromptRegion? {
        for at in indices.reversed() where self[at] == .at {
            // Two letters off is a slip; anything else is text or an address, which need not be read to its end.
            let sides = PromptRegion.Side.allCases.map(\.rawValue)
            let longest = (sides.map(\.count).max() ?? 0) + 2
            let rest = self[(at + 1)...]
            guard let equals = rest.prefix(longest + 1).firstIndex(of: .plain("=")) else { continue }
            let word = Glyph.text(rest[..<equals])
            guard let side = PromptRegion.Side(rawValue: word) else {
                if let nearest = nearestName(to: word, among: sides), editDistance(word, nearest) <= 2 {
                    throw .unknownRegion(word, nearest: nearest)
                }
                continue
            }
            let name = Glyph.text(rest[(equals + 1)...]).trimmed
            guard !name.isEmpty else { throw .emptyRegion(side.rawValue) }
            self = self[..<at]
            return PromptRegion(side, of: name)
        }
        return nil
    }
}

extension Float {
    /// Decimal numbers and infinities; Swift's own parser would also take hexadecimal ones and `nan`.
    init?(decimal field: String) {
        let word = field.trimmed.lowercased()
        let magnitude = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
        if magnitude == "inf" || magnitude == "infinity" {
            self = word.hasPrefix("-") ? -.infinity : .infinity
            return
        }
        guard let first = magnitude.utf8.first, (0x30...0x39).contains(first) || first == 0x2E,
            magnitude.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2E, 0x2B, 0x2D, 0x65].contains($0) }),
            let value = Float(word), value.isFinite
        else { return nil }
        self = value
    }
}

extension String {
    /// Without blanks at either end.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
