import FarmModel
import Guidance
import OrderedCollections
import Yams

/// Reads a template from YAML, strictly: an unknown key, a wrong type or an empty list is an error with its line.
struct TemplateParser {
    /// The keys of a template, in the order in which help lists them.
    static let keys = ["name", "prompts", "seeds", "settings", "sweep", "noop"] + JobTerms.keys

    /// Plain scalars that stand for no value.
    private static let nothing: Set = ["", "~", "null"]

    /// For messages.
    let file: String

    /// Parses the text of a template; `defaultName` serves where it has no `name`.
    func parse(_ yaml: String, defaultName: String) throws(TemplateError) -> JobTemplate {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw error(nil, "the template is empty") }
            root = node
        } catch let failure as TemplateError {
            throw failure
        } catch let failure as YamlError {
            throw error(nil, "not YAML: \(String(describing: failure).split(separator: "\n").joined(separator: " "))")
        } catch let other {
            throw error(nil, "not YAML: \(other)")
        }
        guard let mapping = root.mapping else { throw error(root, "a template is a list of `key: value` lines") }
        var template = JobTemplate(name: defaultName, prompts: [])
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            switch key {
            case "name": template.name = try text(value, of: key)
            case "prompts":
                template.prompts = try list(value, of: key).map { node throws(TemplateError) in try prompt(node) }
            case "seeds": template.seeds = try seeds(value)
            case "settings":
                template.settings = try settings(value)
                for key in ["prompt", "seed"] where template.settings[key] != nil {
                    throw error(value, "\(key) does not belong under settings: use `\(key)s:`")
                }
            case "sweep": template.sweep = try sweep(value)
            case "noop": template.noop = try noop(value)
            case _ where JobTerms.keys.contains(key):
                let given = try setting(value)
                do throws(UnfitTerm) { try template.terms.set(key, to: given) } catch {
                    throw self.error(value, error.description)
                }
            default: throw error(keyNode, unknown(key))
            }
        }
        if template.noop != nil {
            for key in ["prompts", "seeds", "settings", "sweep"] where mapping[Node(key)] != nil {
                throw error(nil, "noop renders nothing: leave out `\(key):`")
            }
            return template
        }
        guard !template.prompts.isEmpty else { throw error(nil, "no prompts: add `prompts:` with at least one line") }
        return template
    }

    // MARK: - Parts

    private func prompt(_ node: Node) throws(TemplateError) -> Settings {
        if let scalar = node.scalar {
            let isPlain = scalar.style == .any || scalar.style == .plain
            guard !isPlain || !TemplateParser.nothing.contains(scalar.string) else {
                throw error(node, "a prompt is missing")
            }
            return ["prompt": .string(scalar.string)]
        }
        guard node.mapping != nil else {
            throw error(node, "a prompt is text, or `prompt: text` with settings of its own")
        }
        let settings = try settings(node)
        guard settings["prompt"] != nil else { throw error(node, "this entry of prompts has no `prompt:`") }
        return settings
    }

    private func seeds(_ node: Node) throws(TemplateError) -> [Int64] {
        if case .integer(let count)? = try? setting(node) {
            guard (1...Int64(FarmModel.Limits.tasks)).contains(count) else {
                throw error(
                    node,
                    "seeds: \(count) asks for that many seeds; give 1 to \(FarmModel.Limits.tasks), or a list such as [1, 2]"
                )
            }
            return Array(1...count)
        }
        var seeds: [Int64] = []
        var seen: Set<Int64> = []
        for element in try list(node, of: "seeds") {
            guard case .integer(let seed)? = try? setting(element), seed >= 0 else {
                throw error(element, "a seed is a whole number from 0 to \(Int64.max)")
            }
            guard seen.insert(seed).inserted else { throw error(element, "seed \(seed) stands twice") }
            seeds.append(seed)
        }
        return seeds
    }

    private func settings(_ node: Node) throws(TemplateError) -> Settings {
        guard let mapping = node.mapping else { throw error(node, "settings are `key: value` lines") }
        var result: Settings = [:]
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            guard RenderSettings.named(key) != nil else { throw error(keyNode, unknownSetting(key)) }
            result[key] = try setting(value)
        }
        return result
    }

    private func sweep(_ node: Node) throws(TemplateError) -> [JobTemplate.Axis] {
        guard let mapping = node.mapping else { throw error(node, "sweep is `setting: [values]` lines") }
        var axes: [JobTemplate.Axis] = []
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            guard RenderSettings.named(key) != nil else { throw error(keyNode, unknownSetting(key)) }
            guard !["prompt", "seed"].contains(key) else { throw error(keyNode, "\(key)s have a list of their own") }
            let values = try list(value, of: key).map { element throws(TemplateError) in try setting(element) }
            axes.append(.init(setting: key, values: values))
        }
        return axes
    }

    private func noop(_ node: Node) throws(TemplateError) -> NoopSweep {
        guard let mapping = node.mapping else { throw error(node, "noop is as in `{ tasks: 100, milliseconds: 5 }`") }
        var sweep = NoopSweep(tasks: 1, milliseconds: 0)
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            guard case .integer(let number)? = try? setting(value), number >= 0 else {
                throw error(value, "\(key) of noop is a whole number")
            }
            switch key {
            case "tasks":
                guard (1...Int64(FarmModel.Limits.tasks)).contains(number) else {
                    throw error(value, "tasks of noop is \(number); it lies in 1 ... \(FarmModel.Limits.tasks)")
                }
                sweep.tasks = Int(number)
            case "milliseconds": sweep.milliseconds = number
            default: throw error(keyNode, "noop has tasks and milliseconds, no \"\(key)\"")
            }
        }
        return sweep
    }

    /// A value with the type it is written in: `"1"` is text, `1` a number.
    private func setting(_ node: Node) throws(TemplateError) -> SettingValue {
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .any || scalar.style == .plain else { return .string(scalar.string) }
            if let whole = Int64(scalar.string) { return .integer(whole) }
            if let number = Double(scalar.string) {
                guard number.isFinite else { throw error(node, "\(scalar.string) is not a finite number") }
                return .number(number)
            }
            if let flag = ["true": true, "false": false][scalar.string] { return .boolean(flag) }
            guard !TemplateParser.nothing.contains(scalar.string) else { throw error(node, "a value is missing") }
            return .string(scalar.string)
        case .sequence(let sequence):
            var values: [SettingValue] = []
            for element in sequence { values.append(try setting(element)) }
            return .list(values)
        case .mapping, .alias:
            throw error(node, "a value is text, a number, true, false or a list")
        }
    }

    private func text(_ node: Node, of key: String) throws(TemplateError) -> String {
        guard let scalar = node.scalar else { throw error(node, "\(key) is text") }
        return scalar.string
    }

    private func list(_ node: Node, of key: String) throws(TemplateError) -> [Node] {
        guard let sequence = node.sequence else { throw error(node, "\(key) is a list, as in `\(key): [a, b]`") }
        guard !sequence.isEmpty else { throw error(node, "\(key) is an empty list") }
        return Array(sequence)
    }

    // MARK: - Messages

    private func unknown(_ key: String) -> String {
        if RenderSettings.named(key) != nil {
            return "\"\(key)\" is a setting: it belongs under `settings:`"
        }
        let nearest = nearestName(to: key, among: TemplateParser.keys) ?? "prompts"
        return
            "unknown key \"\(key)\"; did you mean \"\(nearest)\"? (keys: \(TemplateParser.keys.joined(separator: ", ")))"
    }

    private func unknownSetting(_ key: String) -> String {
        "unknown setting \"\(key)\"; did you mean \"\(RenderSettings.nearest(to: key))\"?"
    }

    private func error(_ node: Node?, _ message: String) -> TemplateError {
        TemplateError(file: file, line: node?.mark?.line, message: message)
    }
}
