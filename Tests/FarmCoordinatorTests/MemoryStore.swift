import FarmModel
import OrderedCollections

/// Folds records into a snapshot as a store on disk does, and notes facts that contradict earlier ones.
struct MemoryStore {
    private var jobs: OrderedDictionary<JobID, Snapshot.StoredJob> = [:]
    private var tasks: OrderedDictionary<TaskID, Snapshot.StoredTask> = [:]
    /// How often a coordinator was started on this store.
    private(set) var epoch: UInt64 = 0
    /// Everything that was committed.
    private(set) var records: [Record] = []
    /// Attempts whose end was committed.
    private(set) var endedAttempts: Set<TaskAttempt> = []
    /// Jobs that were cancelled at some time: their attempts end without a record of their own.
    private(set) var everCancelled: Set<JobID> = []
    /// What should not have been committed.
    private(set) var contradictions: [String] = []

    /// What a coordinator that starts now finds.
    mutating func start() -> Snapshot {
        epoch += 1
        return snapshot
    }

    private var blocks: OrderedDictionary<WorkerID, OrderedSet<JobID>> = [:]
    private var drains: OrderedDictionary<WorkerID, DrainMode> = [:]

    /// What is committed.
    var snapshot: Snapshot {
        var stored = jobs
        for (id, task) in tasks { stored[id.job]?.tasks.append(task) }
        return Snapshot(
            epoch: epoch, jobs: Array(stored.values),
            blocks: blocks.flatMap { worker, jobs in
                jobs.map { Snapshot.StoredBlock(worker: worker, job: $0, since: WallTime(milliseconds: 0)) }
            }, drains: drains.map { Snapshot.StoredDrain(worker: $0.key, mode: $0.value) })
    }

    /// How a task stands; nil if it was never tried.
    func task(_ id: TaskID) -> Snapshot.StoredTask? { tasks[id] }

    /// Tasks that succeeded.
    var succeeded: [TaskID] {
        tasks.filter { if case .succeeded = $0.value.outcome { true } else { false } }.keys.elements
    }

    mutating func commit(_ new: [Record]) {
        for record in new {
            records.append(record)
            fold(record)
        }
    }

    private mutating func fold(_ record: Record) {
        switch record {
        case .jobSubmitted(let id, let spec, let key, _):
            if jobs.values.contains(where: { $0.id == id || $0.key == key || $0.spec.name == spec.name }) {
                contradictions.append("\(id) was submitted twice")
            }
            jobs[id] = Snapshot.StoredJob(id: id, spec: spec, key: key, isCancelled: false, tasks: [])
        case .jobCancelled(let id, _):
            jobs[id]?.isCancelled = true
            everCancelled.insert(id)
            for task in tasks.keys where task.job == id { tasks[task]?.leasedTo = nil }
        case .attemptStarted(let lease, _):
            let task = lease.attempt.task
            let last = tasks[task]?.attempt ?? 0
            if lease.attempt.attempt <= last { contradictions.append("\(lease.attempt) was given out after \(last)") }
            if !isOpen(task) { contradictions.append("\(lease.attempt) was given out after the end of its task") }
            if tasks[task]?.leasedTo != nil { contradictions.append("\(lease.attempt) is a second lease") }
            edit(task) {
                $0.attempt = lease.attempt.attempt
                $0.leasedTo = lease.worker
            }
        case .taskSucceeded(let lease, _, _):
            if !isOpen(lease.attempt.task) { contradictions.append("\(lease.attempt) succeeded after its task ended") }
            endedAttempts.insert(lease.attempt)
            edit(lease.attempt.task) {
                $0.outcome = .succeeded(attempt: lease.attempt.attempt)
                $0.leasedTo = nil
                $0.checkpoints = []
                $0.failedOn = []
            }
        case .attemptFailed(let lease, let failure, _):
            if tasks[lease.attempt.task]?.leasedTo != lease.worker {
                contradictions.append("\(lease.attempt) failed without a lease")
            }
            endedAttempts.insert(lease.attempt)
            edit(lease.attempt.task) {
                $0.leasedTo = nil
                $0.failures[failure.failureClass, default: 0] += 1
                if failure.cause?.isCrash == true { $0.crashes += 1 }
                if failure.isBlame { $0.failedOn = Set($0.failedOn + [lease.worker]).sorted() }
            }
        case .taskFailed(let task, let failure, _):
            if !isOpen(task) { contradictions.append("\(task) failed after its end") }
            edit(task) {
                $0.outcome = .failed(failure)
                $0.checkpoints = []
            }
        case .taskRequeued(let task, _):
            jobs[task.job]?.isCancelled = false
            jobs[task.job]?.failure = nil
            edit(task) {
                $0.outcome = .open
                $0.failures = [:]
                $0.crashes = 0
                $0.failedOn = []
            }
        case .attemptReturned(let lease, _, _):
            if tasks[lease.attempt.task]?.leasedTo != lease.worker {
                contradictions.append("\(lease.attempt) was given back without a lease")
            }
            endedAttempts.insert(lease.attempt)
            edit(lease.attempt.task) { $0.leasedTo = nil }
        case .checkpointStored(let lease, let checkpoint, _):
            if !isOpen(lease.attempt.task) { contradictions.append("\(lease.attempt) has a checkpoint after its end") }
            edit(lease.attempt.task) {
                $0.checkpoints = Array(([checkpoint] + $0.checkpoints).prefix(Limits.checkpoints))
            }
        case .checkpointLost(let task, let digest, _): edit(task) { $0.checkpoints.removeAll { $0.digest == digest } }
        case .jobPaused(let job, _): jobs[job]?.isPaused = true
        case .jobResumed(let job, _): jobs[job]?.isPaused = false
        case .jobPriority(let job, let priority, _): jobs[job]?.priority = priority
        case .jobFailed(let job, let reason, let at):
            fold(.jobCancelled(job, at: at))
            jobs[job]?.failure = reason
        case .workerBlocked(let worker, let job, _): blocks[worker, default: []].append(job)
        case .workerForgiven(let worker, let job, _):
            if let job { blocks[worker]?.remove(job) } else { blocks[worker] = nil }
        case .workerDrained(let worker, let mode, _): drains[worker] = mode
        case .workerResumed(let worker, _): drains[worker] = nil
        }
    }

    private func isOpen(_ id: TaskID) -> Bool {
        guard jobs[id.job]?.isCancelled == false else { return false }
        switch tasks[id]?.outcome {
        case nil, .open: return true
        case .succeeded, .failed: return false
        }
    }

    private mutating func edit(_ id: TaskID, _ change: (inout Snapshot.StoredTask) -> Void) {
        change(
            &tasks[
                id, default: Snapshot.StoredTask(index: id.index, attempt: 0, leasedTo: nil, outcome: .open)])
    }
}
