/// An element of a list that is written as texts.
protocol SettingText: Sendable, Hashable {
    /// How one is written, for messages.
    static var example: String { get }
    /// Reads one; the error names the key.
    init(part: ArraySlice<Glyph>, key: String) throws(RenderSpecError)
    /// The text form, separators escaped.
    var part: String { get }
    /// The files it names.
    var namedFiles: [FileReference] { get }
}

extension SettingText {
    var namedFiles: [FileReference] { [] }
}

extension FileReference: SettingText {
    static var example: String { "left.png" }

    init(part: ArraySlice<Glyph>, key: String) throws(RenderSpecError) {
        self = try FileReference.read(.string(Glyph.text(part).trimmed), key: key, kind: .picture)
    }

    var part: String { Glyph.escaped(name) + (sha256.map { FileReference.mark + $0 } ?? "") }

    var namedFiles: [FileReference] { [self] }
}

/// A list of texts: `["a.png", "b.png:2"]`, or the same in one text joined by bars; absent if empty.
struct SettingTexts<Element: SettingText>: SettingConvertible, Hashable {
    var items: [Element]

    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Self {
        let maximum =
            switch kind {
            case .pictures(let maximum), .imagePrompts(let maximum), .texts(let maximum): maximum
            default: preconditionFailure("the setting \(key) is no list of texts")
            }
        let texts: [String]
        switch value {
        case .string(let text): texts = [text]
        case .unsigned(let number): texts = ["\(number)"]
        case .array(let elements):
            var found: [String] = []
            for element in elements {
                switch element {
                case .string(let text): found.append(text)
                case .unsigned(let number): found.append("\(number)")
                default: throw .wrongType(key: key, expected: expected, found: "a list with \(element.kindName)")
                }
            }
            texts = found
        default: throw .wrongType(key: key, expected: expected, found: value.kindName)
        }
        var items: [Element] = []
        for part in texts.flatMap({ Glyph.read($0).split(separator: .bar, omittingEmptySubsequences: false) }) {
            items.append(try Element(part: part, key: key))
        }
        guard items.count <= maximum else {
            throw .outOfRange(key: key, value: "a list of \(items.count)", allowed: "0 ... \(maximum) entries")
        }
        return SettingTexts(items: items)
    }

    private static var expected: String { "a list such as [\(Element.example)]" }

    var json: JSONValue? { items.isEmpty ? nil : .array(items.map { .string($0.part) }) }

    var files: [FileReference] { items.flatMap(\.namedFiles) }
}
