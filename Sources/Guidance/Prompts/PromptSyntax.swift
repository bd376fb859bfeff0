/// One prompt as the user wrote it: a text, how much it counts, and when it is satisfied.
public struct PromptText: Sendable, Equatable, Hashable {
    /// What CLIP reads, escapes resolved, without surrounding blanks.
    public let text: String
    /// Factor of this prompt's loss; a negative one repels.
    public let weight: Float
    /// The signed distance below which this prompt no longer pulls; minus infinity by default.
    public let stop: Float

    /// Makes a prompt.
    public init(text: String, weight: Float = 1, stop: Float = -.infinity) {
        self.text = text
        self.weight = weight
        self.stop = stop
    }
}

/// The syntax of the `prompt` setting: `text:weight:stop|text:weight:stop|…`.
///
/// Prompts are joined by `|`. From the end of each, up to two fields behind colons are peeled off if they are numbers:
/// the weight, then the stop (`inf` and `-inf` are numbers for the stop only). Everything else is text, except that
/// one word without blanks directly behind a colon is taken for a mistyped weight and refused: `a cat:hevy` is a mistake,
/// `a sign: open` and `https://example.org/cat` are text. `\:`, `\|` and `\\` put the plain character into a text.
public enum PromptSyntax {
    /// Parses a prompt string; throws `PromptError` with the place and the remedy.
    public static func parse(_ string: String) throws(PromptError) -> [PromptText] {
        guard string.utf8.count <= Limits.promptBytes else {
            throw PromptError.tooLong(bytes: string.utf8.count, limit: Limits.promptBytes)
        }
        let parts = Glyph.read(string).split(separator: .bar, omittingEmptySubsequences: false)
        guard parts.count <= Limits.prompts else {
            throw PromptError.tooMany(count: parts.count, limit: Limits.prompts)
        }
        var prompts: [PromptText] = []
        for (index, part) in parts.enumerated() {
            prompts.append(try prompt(part, position: index + 1, of: parts.count))
        }
        return prompts
    }

    private static func prompt(
        _ part: ArraySlice<Glyph>, position: Int, of total: Int
    ) throws(PromptError) -> PromptText {
        var text = part
        var fields: [Float] = []
        while fields.count < 2, let colon = text.lastIndex(of: .colon) {
            let field = Glyph.text(text[(colon + 1)...])
            if let number = number(field) {
                fields.insert(number, at: 0)
            } else if isMistypedWeight(field, behind: text[..<colon]) {
                throw PromptError.notANumber(field, in: Glyph.text(part).trimmed)
            } else {
                break
            }
            text = text[..<colon]
        }
        let words = Glyph.text(text).trimmed
        guard !words.isEmpty else { throw PromptError.empty(position: position, of: total) }
        let weight = fields.first ?? 1
        guard weight.isFinite else {
            throw PromptError.notANumber("\(weight)", in: Glyph.text(part).trimmed)
        }
        return PromptText(text: words, weight: weight, stop: fields.count > 1 ? fields[1] : -.infinity)
    }

    /// Decimal numbers and infinities; Swift's own parser would also take hexadecimal ones and `nan`.
    private static func number(_ field: String) -> Float? {
        let word = field.trimmed.lowercased()
        let magnitude = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
        if magnitude == "inf" || magnitude == "infinity" { return word.hasPrefix("-") ? -.infinity : .infinity }
        guard let first = magnitude.utf8.first, (0x30...0x39).contains(first) || first == 0x2E,
            magnitude.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2E, 0x2B, 0x2D, 0x65].contains($0) }),
            let value = Float(word), value.isFinite
        else { return nil }
        return value
    }

    /// One word, or nothing, directly behind a colon that is not part of an address.
    private static func isMistypedWeight(_ field: String, behind head: ArraySlice<Glyph>) -> Bool {
        if field.contains(where: \.isWhitespace) { return false }
        let lastWord = Glyph.text(head).split(whereSeparator: \.isWhitespace).last ?? ""
        return !field.hasPrefix("//") && !lastWord.contains("://")
    }
}

/// A character of a prompt, with the two separators told apart from their escaped forms.
private enum Glyph: Equatable {
    case plain(Character)
    case colon
    case bar

    static func read(_ string: String) -> [Glyph] {
        var glyphs: [Glyph] = []
        var rest = Substring(string)
        while let character = rest.popFirst() {
            switch character {
            case ":": glyphs.append(.colon)
            case "|": glyphs.append(.bar)
            case "\\":
                if let next = rest.first, next == ":" || next == "|" || next == "\\" {
                    glyphs.append(.plain(next))
                    rest.removeFirst()
                } else {
                    glyphs.append(.plain(character))
                }
            default: glyphs.append(.plain(character))
            }
        }
        return glyphs
    }

    static func text(_ glyphs: ArraySlice<Glyph>) -> String {
        String(
            glyphs.map { glyph -> Character in
                switch glyph {
                case .plain(let character): character
                case .colon: ":"
                case .bar: "|"
                }
            })
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

/// Why a prompt string was refused.
public enum PromptError: Error, Equatable, CustomStringConvertible {
    /// There is no text between two bars, or none at all.
    case empty(position: Int, of: Int)
    /// A weight or a stop is not a number.
    case notANumber(String, in: String)
    /// More bytes than allowed.
    case tooLong(bytes: Int, limit: Int)
    /// More prompts than allowed.
    case tooMany(count: Int, limit: Int)

    /// One line for the user.
    public var description: String {
        switch self {
        case .empty(_, of: 1): "the prompt is empty; write what the picture should show"
        case .empty(let position, let total):
            "prompt \(position) of \(total) is empty; write text between the bars, or \\| for a bar in the text"
        case .notANumber(let field, let prompt):
            "the weight “\(field)” in the prompt “\(prompt)” is not a finite number; "
                + "write text:1.5, or \\: for a colon in the text"
        case .tooLong(let bytes, let limit): "the prompt has \(bytes) bytes; at most \(limit) are allowed"
        case .tooMany(let count, let limit): "there are \(count) prompts; at most \(limit) are allowed"
        }
    }
}
