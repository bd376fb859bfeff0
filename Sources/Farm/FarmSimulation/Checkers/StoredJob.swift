internal import FarmModel
internal import OrderedCollections

/// A task that was tried, as the records tell.
struct StoredTask {
    var attempt: UInt32 = 0
    var leasedTo: WorkerID?
    var outcome = Snapshot.StoredTask.Outcome.open
    var failures: [Failure.Class: UInt32] = [:]
    var crashes: UInt32 = 0
    var failedOn: [WorkerID] = []
    var checkpoints: [Checkpoint] = []
    var artifacts: [Artifact] = []
    /// When the last record named it.
    var touched = Instant(milliseconds: 0)

    func stored(_ index: UInt32) -> Snapshot.StoredTask {
        Snapshot.StoredTask(
            index: index, attempt: attempt, leasedTo: leasedTo, outcome: outcome, failures: failures, crashes: crashes,
            failedOn: failedOn, checkpoints: checkpoints, artifacts: artifacts)
    }
}

/// A step of a job and how far it is.
struct StoredStep {
    let first: UInt32
    let count: UInt32
    let dependencies: [Int]
    let isChain: Bool
    var succeeded: UInt32 = 0

    var isComplete: Bool { succeeded == count }
}

/// A job, as the records tell.
struct StoredJob {
    let spec: JobSpec
    let key: Digest
    var isCancelled = false
    var isPaused = false
    var priority: Int32
    var failure: String?
    var steps: [StoredStep] = []
    var tasks: OrderedDictionary<UInt32, StoredTask> = [:]

    init(spec: JobSpec, key: Digest) {
        self.spec = spec
        self.key = key
        priority = spec.priority
        var first: UInt32 = 0
        for step in spec.steps {
            let count = UInt32(step.space.count)
            let dependencies = step.dependsOn.compactMap { name in spec.steps.firstIndex { $0.name == name } }
            steps.append(StoredStep(first: first, count: count, dependencies: dependencies, isChain: step.isChain))
            first += count
        }
    }

    /// The step of a task.
    func step(of index: UInt32) -> Int? {
        steps.lastIndex { $0.first <= index }.flatMap { index < steps[$0].first + steps[$0].count ? $0 : nil }
    }

    /// Whether all that a step depends on has succeeded.
    func isOpen(_ step: Int) -> Bool { steps[step].dependencies.allSatisfy { steps[$0].isComplete } }

    /// Whether a task has its turn in its step: in a chain, the one before it has succeeded.
    func isNext(_ index: UInt32, in step: Int) -> Bool {
        guard steps[step].isChain, index > steps[step].first else { return true }
        guard case .succeeded? = tasks[index - 1]?.outcome else { return false }
        return true
    }

    /// Whether a task failed for good.
    var hasFailures: Bool {
        tasks.values.contains { if case .failed = $0.outcome { true } else { false } }
    }

    func stored(_ id: JobID) -> Snapshot.StoredJob {
        Snapshot.StoredJob(
            id: id, spec: spec, key: key, isCancelled: isCancelled, isPaused: isPaused, priority: priority,
            failure: failure, tasks: tasks.sorted { $0.key < $1.key }.map { $1.stored($0) })
    }
}
