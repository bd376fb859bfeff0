import Foundation

/// JSON for people and programs: one key a line, sorted, in snake case.
enum JSONText {
    /// The text of a value; throws `EncodingError` for numbers that are none.
    static func pretty(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
