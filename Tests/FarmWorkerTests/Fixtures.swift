import FarmModel
import FarmWorker
import OrderedCollections

extension Digest {
    static func number(_ number: UInt8) -> Digest {
        guard let digest = Digest(Array(repeating: number, count: 32)) else { preconditionFailure("no digest") }
        return digest
    }
}

extension TaskAttempt {
    /// Attempts of task n of job 1.
    static func task(_ index: UInt32, attempt: UInt32 = 1) -> TaskAttempt {
        TaskAttempt(task: TaskID(job: JobID(1), index: index), attempt: attempt)
    }
}

extension TaskSpec {
    static let fixture = TaskSpec(action: .noop, label: "fixture", settings: [:])
}

extension Artifact {
    static let picture = Artifact(name: "picture.png", kind: .frame, byteCount: 5, digest: .number(1))
    static let curve = Artifact(name: "curve.csv", kind: .losses, byteCount: 5, digest: .number(2))
}

extension TaskResult {
    /// Two files.
    static let pictures = TaskResult(artifacts: [.picture, .curve], wallMilliseconds: 1)
    /// No file.
    static let bare = TaskResult(artifacts: [], wallMilliseconds: 1)
}

extension Failure {
    static let nan = Failure(.task, "the loss is not a number")
}

extension Checkpoint {
    static let half = Checkpoint(iteration: 50, digest: .number(9), byteCount: 4_000)
    static let whole = Checkpoint(iteration: 99, digest: .number(10), byteCount: 4_000)
}
