import ModelStore

/// A type that settings can have: how a value is read from JSON and written.
protocol SettingConvertible: Sendable {
    /// What the type accepts; nil where a range has to be given.
    static var kind: RenderSetting.Kind? { get }
    /// Reads a value strictly; the error names the key and what it should have been.
    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Self
    /// The value as written; nil for none.
    var json: JSONValue? { get }
    /// The files that the value names.
    var files: [FileReference] { get }
}

extension SettingConvertible {
    /// Most settings name none.
    var files: [FileReference] { [] }
}

/// A type whose values stand in lists as words.
protocol SettingListItem: Sendable {
    /// Reads a word of a list; the error names the key.
    static func item(_ word: String, key: String) throws(RenderSpecError) -> Self
    /// The word as written.
    var word: String { get }
}

extension SettingListItem where Self: SettingChoice {
    static func item(_ word: String, key: String) throws(RenderSpecError) -> Self { try choice(word, key: key) }

    var word: String { rawValue }
}

/// A closed set of words.
public protocol SettingChoice: Sendable, RawRepresentable<String>, CaseIterable, Hashable {
    /// The choice of a word; nil where there is none.
    init?(named name: String)
}

extension SettingChoice {
    /// The choice whose name this is.
    public init?(named name: String) { self.init(rawValue: name) }

    static var words: [String] { allCases.map(\.rawValue) }

    /// Reads a word; the error names the nearest choice.
    static func choice(_ word: String, key: String) throws(RenderSpecError) -> Self {
        guard let choice = Self(named: word) else {
            throw .notAChoice(
                key: key, value: word, choices: words, nearest: nearestName(to: word, among: words) ?? word)
        }
        return choice
    }

    static var kind: RenderSetting.Kind? { .choice(words) }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Self {
        guard case .string(let word) = value else {
            throw .wrongType(key: key, expected: "one of \(words.joined(separator: ", "))", found: value.kindName)
        }
        return try choice(word, key: key)
    }

    var json: JSONValue? { .string(rawValue) }
}

extension Start: SettingConvertible {}
extension CutoutMethod: SettingConvertible {}
extension OptimizerName: SettingConvertible {}
extension LearningRateSchedule: SettingConvertible {}

extension String: SettingConvertible {
    static var kind: RenderSetting.Kind? { .text }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> String {
        guard case .string(let text) = value else {
            throw .wrongType(key: key, expected: "a text", found: value.kindName)
        }
        return text
    }

    var json: JSONValue? { .string(self) }
}

extension Bool: SettingConvertible {
    static var kind: RenderSetting.Kind? { .flag }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Bool {
        guard case .bool(let flag) = value else {
            throw .wrongType(key: key, expected: "true or false", found: value.kindName)
        }
        return flag
    }

    var json: JSONValue? { .bool(self) }
}

extension UInt64: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> UInt64 {
        guard case .integer(let range) = kind else { preconditionFailure("the setting \(key) is no whole number") }
        switch value {
        case .unsigned(let number):
            return try checked(number, in: range, key)
        case .number(let number) where number < 0:
            throw .outside(range, key: key, value: Int(exactly: number).map(String.init) ?? "\(number)")
        default: throw .wrongType(key: key, expected: "a whole number", found: value.kindName)
        }
    }

    var json: JSONValue? { .unsigned(self) }
}

extension Int: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Int {
        Int(try UInt64.read(value, key: key, kind: kind))
    }

    /// Settings that count are never negative; one that is, in a specification made in code, is refused when read.
    var json: JSONValue? { self < 0 ? .number(Double(self)) : .unsigned(UInt64(self)) }
}

extension Double: SettingConvertible {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Double {
        guard case .number(let range) = kind else { preconditionFailure("the setting \(key) is no number") }
        switch value {
        case .unsigned(let whole): return try checked(Double(whole), in: range, key)
        case .number(let number): return try checked(number, in: range, key)
        default: throw .wrongType(key: key, expected: "a number", found: value.kindName)
        }
    }

    var json: JSONValue? { .number(self) }
}

/// The value itself, if it lies in a range.
private func checked<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String
) throws(RenderSpecError) -> Value {
    guard range.contains(value) else { throw .outside(range, key: key, value: "\(value)") }
    return value
}

/// A setting that may be absent.
extension Optional: SettingConvertible where Wrapped: SettingConvertible {
    static var kind: RenderSetting.Kind? { Wrapped.kind }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> Wrapped? {
        try Wrapped.read(value, key: key, kind: kind)
    }

    var json: JSONValue? { self?.json }
    var files: [FileReference] { self?.files ?? [] }
}

/// A list of words.
extension Array: SettingConvertible where Element: SettingListItem {
    static var kind: RenderSetting.Kind? { nil }

    static func read(_ value: JSONValue, key: String, kind: RenderSetting.Kind) throws(RenderSpecError) -> [Element] {
        guard case .augmentations(let maximum) = kind else {
            preconditionFailure("the setting \(key) is no list of words")
        }
        guard case .array(let items) = value else {
            let example = AugmentationName.words.prefix(2).joined(separator: ", ")
            throw .wrongType(key: key, expected: "a list such as [\(example)]", found: value.kindName)
        }
        guard items.count <= maximum else {
            throw .outOfRange(key: key, value: "a list of \(items.count)", allowed: "0 ... \(maximum) names")
        }
        var choices: [Element] = []
        for item in items {
            guard case .string(let word) = item else {
                throw .wrongType(key: key, expected: "a list of names", found: "a list with \(item.kindName)")
            }
            choices.append(try Element.item(word, key: key))
        }
        return choices
    }

    var json: JSONValue? { .array(map { .string($0.word) }) }
}

extension PictureSize: SettingConvertible {
    static var kind: RenderSetting.Kind? { .size }

    static func read(
        _ value: JSONValue, key: String, kind: RenderSetting.Kind
    ) throws(RenderSpecError) -> PictureSize {
        var sides: [Int] = []
        switch value {
        case .array(let items):
            for case .unsigned(let side) in items { sides.append(Int(clamping: side)) }
            if items.count != 2 { sides = [] }
        case .string(let text):
            let parts = text.split(whereSeparator: { $0 == "x" || $0 == "×" })
            sides = parts.count == 2 ? parts.compactMap { Int($0) } : []
        default: break
        }
        guard sides.count == 2 else {
            throw .wrongType(key: key, expected: "[width, height] in whole pixels", found: value.kindName)
        }
        for side in sides { _ = try checked(side, in: Limits.side, key) }
        return PictureSize(width: sides[0], height: sides[1])
    }

    var json: JSONValue? { .array([width, height].compactMap(\.json)) }
}

extension FileReference: SettingConvertible {
    static var kind: RenderSetting.Kind? { .file }

    static func read(
        _ value: JSONValue, key: String, kind: RenderSetting.Kind
    ) throws(RenderSpecError) -> FileReference {
        guard case .string(let text) = value else {
            throw .wrongType(key: key, expected: "a file's name", found: value.kindName)
        }
        let file = FileReference(text: text)
        guard !file.name.isEmpty, file.name.utf8.count <= Limits.nameBytes else {
            throw .outOfRange(
                key: key, value: "a name of \(file.name.utf8.count) bytes", allowed: "1 ... \(Limits.nameBytes) bytes")
        }
        guard let digest = file.sha256 else { return file }
        for digest in [digest] + file.companions.map(\.sha256) where !FileReference.isDigest(digest) {
            throw .wrongType(
                key: "\(key).sha256", expected: "64 lowercase hexadecimal digits", found: "“\(digest.prefix(70))”")
        }
        guard file.companions.count <= Limits.companions,
            file.companions.allSatisfy({ InstalledModel.isName($0.name) })
        else {
            throw .wrongType(
                key: key, expected: "names of at most \(Limits.companions) files beside it", found: "others")
        }
        return file
    }

    var json: JSONValue? { .string(text) }
    var files: [FileReference] { [self] }
}
