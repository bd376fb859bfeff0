public import OrderedCollections

/// One value of a setting, as far as templates, JSON and the wire agree.
public enum SettingValue: Hashable, Sendable {
    /// Text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A finite number.
    case number(Double)
    /// A truth value.
    case boolean(Bool)
    /// Several values.
    case list([SettingValue])
}

/// Named settings of a task; the farm hands them on and does not know what they mean.
public typealias Settings = OrderedDictionary<String, SettingValue>

extension SettingValue {
    /// The value as JSON, in one canonical spelling.
    public var json: String {
        switch self {
        case .string(let text): SettingValue.quoted(text)
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        }
    }

    /// A JSON string literal: quotes, backslashes and control characters escaped, everything else as it is.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension OrderedDictionary where Key == String, Value == SettingValue {
    /// The settings as one JSON object with sorted keys: equal settings have equal text, so its digest names them.
    public var canonicalJSON: String {
        let members = keys.sorted().compactMap { key in self[key].map { SettingValue.quoted(key) + ":" + $0.json } }
        return "{" + members.joined(separator: ",") + "}"
    }
}
