/// A CLIP that guides a render, and how much its opinion counts.
///
/// Written as a file's text, with `:weight` behind it unless the weight is 1: `ViT-B-32.pt:0.5`.
public struct GuidingCLIP: Sendable, Hashable {
    /// The model's file.
    public var file: FileReference
    /// Factor of its losses, above 0.
    public var weight: Double

    /// Makes a judge.
    public init(file: FileReference, weight: Double = 1) {
        self.file = file
        self.weight = weight
    }

    /// Reads the text form: a number behind the last colon is the weight.
    public init(text: String) {
        self.init(file: FileReference(text: text))
        guard let colon = text.lastIndex(of: ":") else { return }
        let field = text[text.index(after: colon)...]
        // A digest may happen to hold decimal digits alone.
        let isDigest = field.count >= 64 || text[..<colon].hasSuffix("@sha256")
        let isNumber = !field.isEmpty && field.allSatisfy { $0.isASCII && ($0.isNumber || ".-".contains($0)) }
        guard isNumber, !isDigest, let weight = Double(field) else { return }
        self.init(file: FileReference(text: String(text[..<colon])), weight: weight)
    }

    /// The text form.
    public var text: String {
        guard weight != 1 else { return file.text }
        // Shortest, and a whole number without a fraction.
        return "\(file.text):" + (Int(exactly: weight).map(String.init) ?? "\(weight)")
    }
}

/// The CLIPs that guide a render together, one at least.
///
/// In JSON one text, or a list of texts where there are several; `|` joins several in one text, too.
public struct GuidingCLIPs: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The judges in the order of the loss curve's columns.
    public var judges: [GuidingCLIP]

    /// Makes a list of judges with weight 1 each.
    public init(arrayLiteral files: FileReference...) { judges = files.map { GuidingCLIP(file: $0) } }

    init(_ judges: [GuidingCLIP]) { self.judges = judges }

    /// The parts of a text that `|` joins.
    static func parts(_ text: String) -> [String] {
        text.split(separator: "|", omittingEmptySubsequences: false).map { String($0).trimmed }
    }

    /// The text forms of all.
    public var texts: [String] { judges.map(\.text) }
}

extension GuidingCLIPs: SettingConvertible {
    static var kind: RenderSetting.Kind? { .models(maximum: Limits.judges) }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> GuidingCLIPs
    {
        var texts: [String] = []
        switch value {
        case .string(let text): texts = parts(text)
        case .array(let values):
            for case .string(let text) in values { texts.append(text) }
            if texts.count != values.count { texts = [] }
        default: break
        }
        guard !texts.isEmpty else {
            throw .wrongType(key: key, expected: "a file's name or a list of them", found: value.kindName)
        }
        guard texts.count <= Limits.judges else {
            throw .outOfRange(key: key, value: "a list of \(texts.count)", allowed: "1 ... \(Limits.judges) models")
        }
        var judges: [GuidingCLIP] = []
        for text in texts {
            var judge = GuidingCLIP(text: text)
            judge.file = try FileReference.read(.string(judge.file.text), key: key, kind: .file)
            guard Limits.judgeWeight.contains(judge.weight) else {
                throw .outside(
                    Limits.judgeWeight, key: "\(key), the weight of \(judge.file.name)", value: "\(judge.weight)")
            }
            guard !judges.contains(where: { $0.file.name == judge.file.name }) else {
                throw .conflict("“\(key)” names \(judge.file.name) twice; give it a weight instead, as in name:2")
            }
            judges.append(judge)
        }
        return GuidingCLIPs(judges)
    }

    var json: JSONValue? { judges.count == 1 ? .string(texts[0]) : .array(texts.map { .string($0) }) }

    var files: [FileReference] { judges.map(\.file) }
}
