/// One entry of the list of augmentations: its name, and what differs from the method's settings of it.
///
/// Written `affine`, or `affine(degrees=10 p=0.5)`; commas may stand for the blanks.
public struct AugmentationSetting: Sendable, Hashable, CustomStringConvertible {
    /// Which augmentation.
    public let name: AugmentationName
    /// Numbers by name, each within its range.
    let overrides: [String: Double]

    /// An augmentation as the method has it.
    public init(_ name: AugmentationName) { (self.name, overrides) = (name, [:]) }

    /// Reads an entry; throws `RenderSpecError` for a name or a number that does not fit.
    init(parsing text: String, key: String) throws(RenderSpecError) {
        let word = text.trimmed
        let open = word.firstIndex(of: "(") ?? word.endIndex
        name = try AugmentationName.choice(String(word[..<open]).trimmed, key: key)
        let ranges = name.tuningRanges
        var overrides: [String: Double] = [:]
        if open < word.endIndex {
            let malformed = RenderSpecError.wrongType(
                key: key, expected: "a list of names such as affine or affine(degrees=10 p=0.5)",
                found: "“\(word.prefix(60))”")
            guard word.last == ")" else { throw malformed }
            let arguments = word[word.index(after: open)...].dropLast()
            for argument in arguments.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
                let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, let value = Double(parts[1]), value.isFinite else { throw malformed }
                guard let range = ranges.first(where: { $0.name == parts[0] })?.range else {
                    let names = ranges.map(\.name)
                    throw .notAChoice(
                        key: "\(key): \(name.rawValue)", value: parts[0], choices: names,
                        nearest: nearestName(to: parts[0], among: names) ?? parts[0])
                }
                guard range.contains(Float(value)), overrides[parts[0]] == nil else {
                    let allowed = "\(range.lowerBound) ... \(range.upperBound)"
                    if overrides[parts[0]] != nil { throw malformed }
                    throw .outOfRange(key: "\(key): \(name.rawValue) \(parts[0])", value: parts[1], allowed: allowed)
                }
                overrides[parts[0]] = value
            }
        }
        self.overrides = overrides
    }

    /// As it is written: numbers sorted by name, the shortest decimals.
    public var description: String {
        guard !overrides.isEmpty else { return name.rawValue }
        let numbers = overrides.sorted { $0.key < $1.key }.map { key, value in
            "\(key)=\(value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)")"
        }
        return "\(name.rawValue)(\(numbers.joined(separator: " ")))"
    }
}

extension AugmentationSetting: SettingListItem {
    static func item(_ word: String, key: String) throws(RenderSpecError) -> AugmentationSetting {
        try AugmentationSetting(parsing: word, key: key)
    }

    var word: String { description }
}
