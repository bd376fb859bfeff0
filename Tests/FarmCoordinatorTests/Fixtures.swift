import FarmModel
import OrderedCollections

extension WorkerID {
    /// Worker n of a test.
    static func number(_ number: Int) -> WorkerID {
        guard let id = WorkerID("worker-\(number)") else { preconditionFailure("worker-\(number) is no name") }
        return id
    }
}

extension Digest {
    /// A digest that tells numbers apart.
    static func number(_ number: UInt64) -> Digest {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * ($0 % 8))) }
        guard let digest = Digest(bytes) else { preconditionFailure("\(bytes.count) octets are no digest") }
        return digest
    }
}

extension JobSpec {
    /// A job of one step of small tasks.
    static func tasks(
        _ count: Int, named name: String = "job", priority: Int32 = 0, of submitter: String = "",
        _ change: (inout StepSpec) -> Void = { _ in }
    ) -> JobSpec {
        var step = StepSpec.tasks(count, named: "only")
        change(&step)
        return JobSpec(name: name, steps: [step], priority: priority, submitter: submitter)
    }

    /// A job of steps that each depend on the one before.
    static func chain(_ counts: [Int], named name: String = "chain") -> JobSpec {
        JobSpec(
            name: name,
            steps: counts.enumerated().map { place, count in
                .tasks(count, named: "step-\(place)", dependsOn: place == 0 ? [] : ["step-\(place - 1)"])
            })
    }
}

extension StepSpec {
    /// A step of small tasks.
    static func tasks(_ count: Int, named name: String, dependsOn: [String] = []) -> StepSpec {
        let values = (0..<count).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
        return StepSpec(
            name: name, action: .noop, dependsOn: dependsOn,
            space: ParameterSpace(axes: count == 1 ? [] : [.init(name: "seed", values: values)]))
    }
}

extension TaskResult {
    /// A result with one file of its own.
    static func fixture(_ number: UInt64 = 1) -> TaskResult {
        TaskResult(
            artifacts: [Artifact(name: "picture.png", kind: .frame, byteCount: 10, digest: .number(number))],
            wallMilliseconds: 1)
    }
}

extension Failure {
    static let nan = Failure(.task, "the loss is not a number")
    static let killed = Failure(.infrastructure, "the engine was killed")
    static let crashed = Failure(.infrastructure, "the engine crashed", cause: .crashed(signal: 11))
    static let noDisk = Failure(.infrastructure, "the disk is full")
}
