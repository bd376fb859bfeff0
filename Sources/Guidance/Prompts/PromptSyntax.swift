/// One prompt as the user wrote it: a text, how much it counts, when it is satisfied, and where it looks.
public struct PromptText: Sendable, Equatable, Hashable {
    /// What CLIP reads, escapes resolved, without surrounding blanks.
    public let text: String
    /// Factor of this prompt's loss; a negative one repels.
    public let weight: Float
    /// The signed distance below which this prompt no longer pulls; minus infinity by default.
    public let stop: Float
    /// The part of the picture that this prompt judges; nil for all of it.
    public let region: PromptRegion?

    /// Makes a prompt.
    public init(text: String, weight: Float = 1, stop: Float = -.infinity, region: PromptRegion? = nil) {
        self.text = text
        self.weight = weight
        self.stop = stop
        self.region = region
    }
}

/// A part of the picture as the user names it: `@inside=name` or `@outside=name` behind a prompt's text.
public struct PromptRegion: Sendable, Hashable {
    /// Which part of a mask.
    public enum Side: String, Sendable, CaseIterable {
        /// Where the mask is white.
        case inside
        /// Where the mask is black.
        case outside
    }

    /// Which part.
    public let side: Side
    /// The mask: a file's name as it was written, folders and `.png` or not.
    public let mask: String

    /// Names a part of a mask.
    public init(_ side: Side, of mask: String) {
        self.side = side
        self.mask = mask
    }

    /// The text form.
    var text: String { "@\(side.rawValue)=\(Glyph.escaped(mask))" }

    /// Whether a file is the mask that is meant: its name without folders, with `.png` or without.
    func names(_ file: FileReference) -> Bool { Self.stem(mask) == Self.stem(file.name) }

    private static func stem(_ path: String) -> Substring {
        let name = path.split(separator: "/").last ?? ""
        return name.lowercased().hasSuffix(".png") ? name.dropLast(4) : name
    }
}

/// The syntax of the `prompt` setting: `text:weight:stop|text:weight:stop|… ^ the next phrase …`.
///
/// Phrases of a story are separated by `^`, prompts of a phrase joined by `|`. From the end of each prompt, up to two
/// fields behind colons are peeled off if they are numbers: the weight, then the stop (`inf` and `-inf` are numbers for
/// the stop only). Then `@inside=mask` or `@outside=mask` is taken off. Everything else is text, except that one word
/// without blanks directly behind a colon is taken for a mistyped weight and refused: `a cat:hevy` is a mistake,
/// `a sign: open` and `https://example.org/cat` are text. `\:`, `\|`, `\^`, `\@` and `\\` put the plain character into
/// a text.
public enum PromptSyntax {
    /// Parses a prompt string into all prompts of all phrases; throws `PromptError` with the place and the remedy.
    public static func parse(_ string: String) throws(PromptError) -> [PromptText] {
        Array(try story(string).joined())
    }

    /// Parses a prompt string into phrases of prompts, one of each at least; throws `PromptError`.
    public static func story(_ string: String) throws(PromptError) -> [[PromptText]] {
        guard string.utf8.count <= Limits.promptBytes else {
            throw PromptError.tooLong(bytes: string.utf8.count, limit: Limits.promptBytes)
        }
        let glyphs = Glyph.read(string)
        let parts = glyphs.split(separator: .caret, omittingEmptySubsequences: false).map {
            $0.split(separator: .bar, omittingEmptySubsequences: false)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        guard count <= Limits.prompts else { throw PromptError.tooMany(count: count, limit: Limits.prompts) }
        var phrases: [[PromptText]] = []
        for (number, phrase) in parts.enumerated() {
            if parts.count > 1, phrase.allSatisfy({ Glyph.text($0).trimmed.isEmpty }) {
                throw PromptError.emptyPhrase(position: number + 1, of: parts.count)
            }
            var prompts: [PromptText] = []
            for (index, part) in phrase.enumerated() {
                prompts.append(try prompt(part, position: index + 1, of: phrase.count))
            }
            phrases.append(prompts)
        }
        return phrases
    }

    private static func prompt(
        _ part: ArraySlice<Glyph>, position: Int, of total: Int
    ) throws(PromptError) -> PromptText {
        var rest = part
        let numbers = rest.peelNumbers()
        if numbers.count < 2, let colon = rest.lastIndex(of: .colon) {
            let field = Glyph.text(rest[(colon + 1)...])
            if isMistypedWeight(field, behind: rest[..<colon]) {
                throw PromptError.notANumber(field, in: Glyph.text(part).trimmed)
            }
        }
        let region = try rest.peelRegion()
        let words = Glyph.text(rest).trimmed
        guard !words.isEmpty else { throw PromptError.empty(position: position, of: total) }
        let weight = numbers.first ?? 1
        guard weight.isFinite else {
            throw PromptError.notANumber("\(weight)", in: Glyph.text(part).trimmed)
        }
        return PromptText(
            text: words, weight: weight, stop: numbers.count > 1 ? numbers[1] : -.infinity, region: region)
    }

    /// One word, or nothing, directly behind a colon that is not part of an address.
    private static func isMistypedWeight(_ field: String, behind head: ArraySlice<Glyph>) -> Bool {
        if field.contains(where: \.isWhitespace) { return false }
        let lastWord = Glyph.text(head).split(whereSeparator: \.isWhitespace).last ?? ""
        return !field.hasPrefix("//") && !lastWord.contains("://")
    }
}
