import Yams

/// Reads the plain part of YAML that model configurations use: sections, lists, scalars.
///
/// Anchors are refused: a few lines of them expand to gigabytes, and no published configuration has one.
enum YAMLReader {
    /// Why a document was refused.
    struct Failure: Error {
        let message: String
    }

    /// The value of a document; an empty one is null.
    static func parse(_ text: String) throws(Failure) -> ConfigurationValue {
        if let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex(where: hasAnchor) {
            throw Failure(message: "line \(line + 1) has an anchor (&), which is not read")
        }
        do {
            guard let node = try Yams.compose(yaml: text) else { return .null }
            var remaining = Limits.values
            return try value(of: node, depth: 0, remaining: &remaining)
        } catch let failure as Failure {
            throw failure
        } catch {
            // Yams draws the place in several lines; the first ones say what and where.
            let lines = "\(error)".split(separator: "\n").prefix(2).joined(separator: " ")
            throw Failure(message: lines)
        }
    }

    /// An ampersand at the start of a value; inside a text it follows another character.
    private static func hasAnchor(_ line: Substring) -> Bool {
        var previous: Character = " "
        for character in line {
            if character == "#", previous == " " { return false }
            if character == "&", " \t[{,".contains(previous) { return true }
            previous = character
        }
        return false
    }

    private static func value(
        of node: Node, depth: Int, remaining: inout Int
    ) throws(Failure) -> ConfigurationValue {
        remaining -= 1
        guard depth <= Limits.nesting, remaining >= 0 else { throw Failure(message: "the document is too large") }
        switch node {
        case .scalar(let scalar):
            return value(of: scalar)
        case .sequence(let sequence):
            var elements: [ConfigurationValue] = []
            for element in sequence {
                elements.append(try value(of: element, depth: depth + 1, remaining: &remaining))
            }
            return .list(elements)
        case .mapping(let mapping):
            var members: [String: ConfigurationValue] = [:]
            for (key, element) in mapping {
                guard let name = key.scalar?.string else { throw Failure(message: "a name is not a text") }
                let member = try value(of: element, depth: depth + 1, remaining: &remaining)
                if members.updateValue(member, forKey: name) != nil {
                    throw Failure(message: "the name '\(name)' occurs twice")
                }
            }
            return .section(members)
        case .alias:
            throw Failure(message: "an alias (*) is not read")
        }
    }

    private static func value(of scalar: Node.Scalar) -> ConfigurationValue {
        let node = Node.scalar(scalar)
        return switch node.tag.rawName {
        case .null: .null
        case .bool: node.bool.map(ConfigurationValue.flag) ?? .text(scalar.string)
        case .int: node.int.map(ConfigurationValue.integer) ?? .text(scalar.string)
        case .float:
            node.float.flatMap { $0.isFinite ? ConfigurationValue.number($0) : nil } ?? .text(scalar.string)
        default: .text(scalar.string)
        }
    }
}

extension Tag {
    /// The resolved name; Yams shows it only as a description.
    fileprivate var rawName: Tag.Name { Tag.Name(rawValue: description) }
}
