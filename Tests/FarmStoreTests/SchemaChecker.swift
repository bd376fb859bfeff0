import Foundation

/// Checks JSON against the part of JSON Schema (2020-12) that the manifest's schema uses.
///
/// A keyword it does not know is reported, so that nobody believes in a rule that is not checked.
struct SchemaChecker {
    let root: [String: Any]

    private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

    /// What is wrong, one line each with the place.
    func problems(_ value: Any) -> [String] { problems(value, root, at: "$") }

    private func problems(_ value: Any, _ schema: [String: Any], at place: String) -> [String] {
        schema.keys.sorted().flatMap { keyword -> [String] in
            let rule = schema[keyword] ?? NSNull()
            switch keyword {
            case "$ref": return reference(value, rule, at: place)
            case "type": return type(value, rule, at: place)
            case "enum": return choice(value, rule, at: place)
            case "pattern": return pattern(value, rule, at: place)
            case "minimum": return minimum(value, rule, at: place)
            case "required": return required(value, rule, at: place)
            case "properties": return properties(value, rule, at: place)
            case "additionalProperties": return others(value, rule, schema, at: place)
            case "items": return items(value, rule, at: place)
            case _ where SchemaChecker.annotations.contains(keyword): return []
            default: return ["\(place): the checker does not know \"\(keyword)\""]
            }
        }
    }

    private func reference(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let text = rule as? String, text.hasPrefix("#/$defs/"),
            let definitions = root["$defs"] as? [String: Any],
            let schema = definitions[String(text.dropFirst(8))] as? [String: Any]
        else { return ["\(place): no definition \(rule)"] }
        return problems(value, schema, at: place)
    }

    private func type(_ value: Any, _ rule: Any, at place: String) -> [String] {
        let allowed = (rule as? [String]) ?? (rule as? String).map { [$0] } ?? []
        return allowed.contains { SchemaChecker.value(value, is: $0) } ? [] : ["\(place): \(value) is no \(allowed)"]
    }

    private static func value(_ value: Any, is type: String) -> Bool {
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "null": return value is NSNull
        case "boolean": return isBoolean(value)
        case "number": return value is NSNumber && !isBoolean(value)
        case "integer":
            guard let number = value as? NSNumber, !isBoolean(value) else { return false }
            return number.doubleValue == number.doubleValue.rounded()
        default: return false
        }
    }

    private static func isBoolean(_ value: Any) -> Bool {
        (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
    }

    private func choice(_ value: Any, _ rule: Any, at place: String) -> [String] {
        let allowed = rule as? [Any] ?? []
        return allowed.contains { "\($0)" == "\(value)" } ? [] : ["\(place): \(value) is none of \(allowed)"]
    }

    private func pattern(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let text = value as? String else { return [] }
        guard let pattern = rule as? String, let expression = try? Regex(pattern) else {
            return ["\(place): \(rule) is no pattern"]
        }
        return text.contains(expression) ? [] : ["\(place): \"\(text)\" does not match \(pattern)"]
    }

    private func minimum(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let number = value as? NSNumber, let least = rule as? NSNumber else { return [] }
        return number.doubleValue >= least.doubleValue ? [] : ["\(place): \(number) is less than \(least)"]
    }

    private func required(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let object = value as? [String: Any] else { return [] }
        return (rule as? [String] ?? []).filter { object[$0] == nil }.map { "\(place): \($0) is missing" }
    }

    private func properties(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let object = value as? [String: Any], let rules = rule as? [String: [String: Any]] else { return [] }
        return rules.keys.sorted().flatMap { key -> [String] in
            guard let member = object[key], let schema = rules[key] else { return [] }
            return problems(member, schema, at: "\(place).\(key)")
        }
    }

    private func others(_ value: Any, _ rule: Any, _ schema: [String: Any], at place: String) -> [String] {
        guard let object = value as? [String: Any] else { return [] }
        let named = schema["properties"] as? [String: Any] ?? [:]
        return object.keys.sorted().filter { named[$0] == nil }.flatMap { key -> [String] in
            if let schema = rule as? [String: Any], let member = object[key] {
                return problems(member, schema, at: "\(place).\(key)")
            }
            return ["\(place): \(key) is not allowed"]
        }
    }

    private func items(_ value: Any, _ rule: Any, at place: String) -> [String] {
        guard let list = value as? [Any], let schema = rule as? [String: Any] else { return [] }
        return list.enumerated().flatMap { problems($0.element, schema, at: "\(place)[\($0.offset)]") }
    }
}
