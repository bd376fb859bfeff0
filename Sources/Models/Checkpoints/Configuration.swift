import Glibc

/// A section of a model's configuration file, read by name with types and bounds.
///
/// Every accessor says in its error where the value lies (`model.params.ddconfig.ch`), what was expected and what was
/// found. A value that is absent or null counts as not given.
public struct Configuration {
    /// The file.
    public let path: String
    /// Names from the top of the document to this section, joined by dots; empty at the top.
    public let location: String
    private let members: [String: ConfigurationValue]

    /// Reads a file: JSON where the name ends in `.json` or the text begins with a brace, YAML otherwise.
    public static func read(_ path: String) throws(CheckpointError) -> Configuration {
        let file = try MappedFile(path: path)
        guard file.bytes.count <= Limits.configurationBytes else {
            throw CheckpointError(
                path: path, message: "has \(file.bytes.count) bytes; a configuration has few",
                hint: "name the configuration, not the checkpoint")
        }
        let value: ConfigurationValue
        do {
            if path.hasSuffix(".json") || file.bytes.first == UInt8(ascii: "{") {
                value = try JSONParser.parse(file.bytes)
            } else {
                guard let text = String(validating: file.bytes, as: UTF8.self) else {
                    throw CheckpointError(path: path, message: "is not a text", hint: "name the configuration")
                }
                value = try YAMLReader.parse(text)
            }
        } catch let error as JSONParser.Failure {
            throw CheckpointError(path: path, message: "is not valid JSON at byte \(error.offset): \(error.message)")
        } catch let error as YAMLReader.Failure {
            throw CheckpointError(path: path, message: "is not valid YAML: \(error.message)")
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError(path: path, message: "cannot be read: \(error)")
        }
        guard case .section(let members) = value else {
            throw CheckpointError(path: path, message: "should hold named values, but is \(value.kind)")
        }
        return Configuration(path: path, location: "", members: members)
    }

    /// Reads a file; nil where there is none of that name.
    public static func readIfPresent(_ path: String) throws(CheckpointError) -> Configuration? {
        access(path, F_OK) == 0 ? try read(path) : nil
    }

    private init(path: String, location: String, members: [String: ConfigurationValue]) {
        self.path = path
        self.location = location
        self.members = members
    }

    /// The value of a name; nil where it is absent or null.
    public subscript(key: String) -> ConfigurationValue? {
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    /// An error about one of this section's values.
    public func error(_ key: String, _ message: String, hint: String? = nil) -> CheckpointError {
        CheckpointError(path: path, message: "'\(name(key))' \(message)", hint: hint)
    }

    /// A section inside this one, if it is given.
    public func sectionIfGiven(_ key: String) throws(CheckpointError) -> Configuration? {
        guard let value = self[key] else { return nil }
        guard case .section(let members) = value else { throw mismatch(key, "a section", value) }
        return Configuration(path: path, location: name(key), members: members)
    }

    /// A section that must be there.
    public func section(_ key: String) throws(CheckpointError) -> Configuration {
        try required(key, try sectionIfGiven(key))
    }

    /// A whole number within bounds, if it is given.
    public func integerIfGiven(_ key: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> Int? {
        guard let value = self[key] else { return nil }
        guard case .integer(let integer) = value, bounds.contains(integer) else {
            throw mismatch(key, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)", value)
        }
        return integer
    }

    /// A whole number that must be there.
    public func integer(_ key: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> Int {
        try required(key, try integerIfGiven(key, in: bounds))
    }

    /// A number within bounds, if it is given.
    public func numberIfGiven(_ key: String, in bounds: ClosedRange<Double>) throws(CheckpointError) -> Double? {
        guard let value = self[key] else { return nil }
        guard let number = value.number, bounds.contains(number) else {
            throw mismatch(key, "a number from \(bounds.lowerBound) to \(bounds.upperBound)", value)
        }
        return number
    }

    /// True or false, if it is given.
    public func flagIfGiven(_ key: String) throws(CheckpointError) -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .flag(let flag) = value else { throw mismatch(key, "true or false", value) }
        return flag
    }

    /// A text, if it is given.
    public func textIfGiven(_ key: String) throws(CheckpointError) -> String? {
        guard let value = self[key] else { return nil }
        guard case .text(let text) = value else { throw mismatch(key, "a text", value) }
        return text
    }

    /// A text that must be there.
    public func text(_ key: String) throws(CheckpointError) -> String { try required(key, try textIfGiven(key)) }

    /// A list of texts, if it is given.
    public func textsIfGiven(_ key: String) throws(CheckpointError) -> [String]? {
        try elements(key, "a list of texts") { value in
            if case .text(let text) = value { text } else { nil }
        }
    }

    /// A list of whole numbers, each within bounds, if it is given; at most 64 of them.
    public func integersIfGiven(_ key: String, in bounds: ClosedRange<Int>) throws(CheckpointError) -> [Int]? {
        let expected = "a list of at most 64 whole numbers from \(bounds.lowerBound) to \(bounds.upperBound)"
        let found: [Int]? = try elements(key, expected) { value in
            if case .integer(let integer) = value, bounds.contains(integer) { integer } else { nil }
        }
        if let found, found.count > 64 { throw error(key, "has \(found.count) entries, expected \(expected)") }
        return found
    }

    /// A list of exactly `count` numbers within bounds, if it is given.
    public func numbersIfGiven(
        _ key: String, count: Int, in bounds: ClosedRange<Double>
    ) throws(CheckpointError) -> [Double]? {
        let expected = "a list of \(count) numbers from \(bounds.lowerBound) to \(bounds.upperBound)"
        let found = try elements(key, expected) { value in value.number.flatMap { bounds.contains($0) ? $0 : nil } }
        if let found, found.count != count { throw error(key, "has \(found.count) entries, expected \(expected)") }
        return found
    }

    private func elements<Element>(
        _ key: String, _ expected: String, _ convert: (ConfigurationValue) -> Element?
    ) throws(CheckpointError) -> [Element]? {
        guard let value = self[key] else { return nil }
        guard case .list(let list) = value else { throw mismatch(key, expected, value) }
        var result: [Element] = []
        for element in list {
            guard let converted = convert(element) else {
                throw error(key, "should be \(expected), but one entry is \(element.kind)")
            }
            result.append(converted)
        }
        return result
    }

    private func required<Value>(_ key: String, _ value: Value?) throws(CheckpointError) -> Value {
        guard let value else { throw error(key, "is missing") }
        return value
    }

    private func name(_ key: String) -> String { location.isEmpty ? key : "\(location).\(key)" }

    private func mismatch(_ key: String, _ expected: String, _ found: ConfigurationValue) -> CheckpointError {
        error(key, "should be \(expected), but is \(found.kind)")
    }
}

extension ConfigurationValue {
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
