import FarmModel
import Foundation
import OrderedCollections

/// A job's specification as the database keeps it: JSON with a version, read strictly.
///
/// Settings are lists of pairs and values carry their type, so that order and the difference between `2` and `2.0`
/// survive. An unknown version or key is an error, never skipped: guessing at a job would render the wrong pictures.
struct StoredJobSpec: Codable {
    /// Version 2 added whom a job belongs to, its budgets, and what its steps ask of workers.
    static let version = 2

    var version: Int
    var name: String
    var priority: Int32
    var submitter: String?
    var retries: Budget?
    var failureLimit: UInt32?
    var steps: [Step]

    /// nil means unbounded.
    struct Budget: Codable {
        var infrastructure: UInt32?
        var busy: UInt32?
        var task: UInt32?
        var badOutput: UInt32?
        var configuration: UInt32?
    }

    struct Step: Codable {
        var name: String
        var action: String
        var dependsOn: [String]
        var base: [StoredSetting]
        var axes: [Axis]
        var terms: Terms?
    }

    /// What a step asks of workers and times; absent if nothing.
    struct Terms: Codable, Equatable {
        var chain: Bool?
        var affinity: String?
        var memoryBytes: Int64?
        var device: String?
        var tags: [String]?
        var expectedMilliseconds: Int64?
        var stallMilliseconds: Int64?
        var minimumMilliseconds: Int64?
        var maximumMilliseconds: Int64?
        var checkpointMilliseconds: Int64?
    }

    struct Axis: Codable {
        var name: String
        var values: [[StoredSetting]]
    }

    init(_ spec: JobSpec) {
        version = StoredJobSpec.version
        name = spec.name
        priority = spec.priority
        submitter = spec.submitter.isEmpty ? nil : spec.submitter
        retries = spec.retries.map(Budget.init)
        failureLimit = spec.failureLimit
        steps = spec.steps.map { step in
            Step(
                name: step.name, action: step.action.rawValue, dependsOn: step.dependsOn,
                base: StoredSetting.list(step.space.base),
                axes: step.space.axes.map { Axis(name: $0.name, values: $0.values.map(StoredSetting.list)) },
                terms: Terms(step))
        }
    }

    /// The specification as bytes.
    ///
    /// Throws `StoreError` if a number in it is not finite.
    static func encode(_ spec: JobSpec) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(StoredJobSpec(spec))
        } catch {
            throw StoreError(
                .ruleViolated, what: "the specification cannot be stored: \(error)", at: "job \(spec.name)",
                hint: "use finite numbers only")
        }
    }

    /// Reads what `encode` wrote.
    ///
    /// Throws `StoreError` for another version, an unknown key or damaged text.
    static func decode(_ data: Data, at place: String) throws -> JobSpec {
        struct Head: Decodable { var version: Int }
        do {
            let head = try JSONDecoder().decode(Head.self, from: data)
            guard (1...version).contains(head.version) else {
                throw StoreError(
                    .newerVersion, what: "a specification of version \(head.version)", at: place,
                    hint: "this program reads versions up to \(version); use the one that wrote it")
            }
            return try JSONDecoder().decode(StoredJobSpec.self, from: data).spec()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(
                .corrupt, what: "the stored specification is damaged: \(error)", at: place,
                hint: "restore the folder from a backup")
        }
    }

    private func spec() throws -> JobSpec {
        JobSpec(
            name: name,
            steps: try steps.map { step in
                guard let action = Action(rawValue: step.action) else {
                    throw StoredFormatError("unknown action \"\(step.action)\"")
                }
                var spec = StepSpec(
                    name: step.name, action: action, dependsOn: step.dependsOn,
                    space: ParameterSpace(
                        base: try StoredSetting.settings(step.base),
                        axes: try step.axes.map { axis in
                            ParameterSpace.Axis(
                                name: axis.name, values: try axis.values.map(StoredSetting.settings))
                        }))
                try step.terms?.apply(to: &spec)
                return spec
            }, priority: priority, submitter: submitter ?? "", retries: retries?.model, failureLimit: failureLimit)
    }
}

extension StoredJobSpec {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version, name, priority, submitter, retries, steps
        case failureLimit = "failure_limit"
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        version = try values.decode(Int.self, forKey: .version)
        name = try values.decode(String.self, forKey: .name)
        priority = try values.decode(Int32.self, forKey: .priority)
        submitter = try values.decodeIfPresent(String.self, forKey: .submitter)
        retries = try values.decodeIfPresent(Budget.self, forKey: .retries)
        failureLimit = try values.decodeIfPresent(UInt32.self, forKey: .failureLimit)
        steps = try values.decode([Step].self, forKey: .steps)
    }
}

extension StoredJobSpec.Step {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, action, base, axes, terms
        case dependsOn = "depends_on"
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        action = try values.decode(String.self, forKey: .action)
        dependsOn = try values.decode([String].self, forKey: .dependsOn)
        base = try values.decode([StoredSetting].self, forKey: .base)
        axes = try values.decode([StoredJobSpec.Axis].self, forKey: .axes)
        terms = try values.decodeIfPresent(StoredJobSpec.Terms.self, forKey: .terms)
    }
}

extension StoredJobSpec.Axis {
    private enum CodingKeys: String, CodingKey, CaseIterable { case name, values }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        values = try container.decode([[StoredSetting]].self, forKey: .values)
    }
}
