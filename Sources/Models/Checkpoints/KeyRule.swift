/// How a tensor of one key layout is made from tensors of another.
///
/// Patterns are names in which `*` stands for one part between dots and `**`, at the end, for one or more; what they
/// match is put into the other pattern in order.
public struct KeyRule: Sendable {
    /// What is done with the tensors found.
    enum Action: Sendable {
        case keep
        case transpose
        case stack
    }

    let action: Action
    let sources: [String]
    let target: String

    /// The same tensor under another name.
    public static func rename(_ source: String, to target: String) -> KeyRule {
        KeyRule(action: .keep, sources: [source], target: target)
    }

    /// A matrix with rows and columns exchanged.
    public static func transpose(_ source: String, to target: String) -> KeyRule {
        KeyRule(action: .transpose, sources: [source], target: target)
    }

    /// Several tensors joined along their first axis.
    public static func stack(_ sources: [String], to target: String) -> KeyRule {
        KeyRule(action: .stack, sources: sources, target: target)
    }

    /// What the wildcards of `pattern` stand for in `name`; nil where it does not match.
    static func match(_ name: String, _ pattern: String) -> [Substring]? {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false)[...]
        var captures: [Substring] = []
        for wanted in pattern.split(separator: ".") {
            guard let part = parts.first else { return nil }
            if wanted == "**" {
                captures.append(name[part.startIndex...])
                return captures
            }
            if wanted == "*" { captures.append(part) } else if wanted != part { return nil }
            parts.removeFirst()
        }
        return parts.isEmpty ? captures : nil
    }

    /// The pattern with its wildcards replaced.
    static func fill(_ pattern: String, _ captures: [Substring]) -> String {
        var left = captures[...]
        let parts = pattern.split(separator: ".").map { $0.hasPrefix("*") ? left.popFirst() ?? $0 : $0 }
        return parts.joined(separator: ".")
    }
}
