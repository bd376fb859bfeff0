/// A value of a JSON or YAML document.
public indirect enum ConfigurationValue: Sendable, Equatable {
    /// Nothing, or an empty value.
    case null
    /// True or false.
    case flag(Bool)
    /// A whole number written as one.
    case integer(Int)
    /// Any other number; finite.
    case number(Double)
    /// A text.
    case text(String)
    /// Values in order.
    case list([ConfigurationValue])
    /// Values by name; no name occurs twice in the document.
    case section([String: ConfigurationValue])

    /// What the value is, for messages: `the text 'abc'`, `a list`.
    var kind: String {
        switch self {
        case .null: "nothing"
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "the text '\(value.prefix(40))'"
        case .list: "a list"
        case .section: "a section"
        }
    }
}
