import FarmModel
import Foundation

extension StoredJobSpec.Budget {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case infrastructure, busy, task, configuration
        case badOutput = "bad_output"
    }

    init(_ budget: RetryBudget) {
        infrastructure = budget.infrastructure
        busy = budget.busy
        task = budget.task
        badOutput = budget.badOutput
        configuration = budget.configuration
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        infrastructure = try values.decodeIfPresent(UInt32.self, forKey: .infrastructure)
        busy = try values.decodeIfPresent(UInt32.self, forKey: .busy)
        task = try values.decodeIfPresent(UInt32.self, forKey: .task)
        badOutput = try values.decodeIfPresent(UInt32.self, forKey: .badOutput)
        configuration = try values.decodeIfPresent(UInt32.self, forKey: .configuration)
    }

    var model: RetryBudget {
        RetryBudget(
            infrastructure: infrastructure, busy: busy, task: task, badOutput: badOutput, configuration: configuration)
    }
}

extension StoredJobSpec.Terms {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case chain, affinity, device, tags
        case memoryBytes = "memory_bytes"
        case expectedMilliseconds = "expected_ms"
        case stallMilliseconds = "stall_ms"
        case minimumMilliseconds = "minimum_ms"
        case maximumMilliseconds = "maximum_ms"
        case checkpointMilliseconds = "checkpoint_ms"
    }

    /// The terms of a step; nil if it has none.
    init?(_ step: StepSpec) {
        chain = step.isChain ? true : nil
        affinity = step.affinity.isEmpty ? nil : step.affinity
        memoryBytes = step.requirements.memoryBytes == 0 ? nil : step.requirements.memoryBytes
        device = step.requirements.device?.rawValue
        tags = step.requirements.tags.isEmpty ? nil : step.requirements.tags
        expectedMilliseconds = step.requirements.expectedMilliseconds
        stallMilliseconds = step.stallMilliseconds
        minimumMilliseconds = step.minimumMilliseconds
        maximumMilliseconds = step.maximumMilliseconds
        checkpointMilliseconds = step.checkpointMilliseconds
        if self == StoredJobSpec.Terms(nothing: ()) { return nil }
    }

    private init(nothing: Void) {}

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        chain = try values.decodeIfPresent(Bool.self, forKey: .chain)
        affinity = try values.decodeIfPresent(String.self, forKey: .affinity)
        memoryBytes = try values.decodeIfPresent(Int64.self, forKey: .memoryBytes)
        device = try values.decodeIfPresent(String.self, forKey: .device)
        tags = try values.decodeIfPresent([String].self, forKey: .tags)
        expectedMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .expectedMilliseconds)
        stallMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .stallMilliseconds)
        minimumMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .minimumMilliseconds)
        maximumMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .maximumMilliseconds)
        checkpointMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .checkpointMilliseconds)
    }

    func apply(to step: inout StepSpec) throws {
        if let device {
            guard let known = Device(rawValue: device) else { throw StoredFormatError("unknown device \"\(device)\"") }
            step.requirements.device = known
        }
        step.isChain = chain ?? false
        step.affinity = affinity ?? ""
        step.requirements.memoryBytes = memoryBytes ?? 0
        step.requirements.tags = tags ?? []
        step.requirements.expectedMilliseconds = expectedMilliseconds
        step.stallMilliseconds = stallMilliseconds
        step.minimumMilliseconds = minimumMilliseconds
        step.maximumMilliseconds = maximumMilliseconds
        step.checkpointMilliseconds = checkpointMilliseconds
    }
}
