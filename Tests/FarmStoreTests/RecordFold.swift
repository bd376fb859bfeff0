import FarmModel
import FarmStore

/// What records add up to, told once more in memory and without a database.
struct RecordFold {
    private struct Task {
        var attempt: UInt32 = 0
        var leasedTo: WorkerID?
        var outcome = Snapshot.StoredTask.Outcome.open
        var failures: [Failure.Class: UInt32] = [:]
        var crashes: UInt32 = 0
        var failedOn: Set<WorkerID> = []
        var checkpoints: [Checkpoint] = []
    }

    private struct Job {
        var spec: JobSpec
        var key: Digest
        var isCancelled = false
        var isPaused = false
        var priority: Int32
        var failure: String?
        var tasks: [UInt32: Task] = [:]
    }

    private var jobs: [JobID: Job] = [:]
    private var blocks: [Snapshot.StoredBlock] = []
    private var drains: [WorkerID: DrainMode] = [:]

    mutating func apply(_ record: Record) {
        switch record {
        case .jobSubmitted(let id, let spec, let key, _):
            jobs[id] = Job(spec: spec, key: key, priority: spec.priority)
        case .jobCancelled(let id, _):
            jobs[id]?.isCancelled = true
            for index in jobs[id]?.tasks.keys.sorted() ?? [] { jobs[id]?.tasks[index]?.leasedTo = nil }
        case .attemptStarted(let lease, _):
            change(lease.attempt.task) {
                $0.attempt = lease.attempt.attempt
                $0.leasedTo = lease.worker
            }
        case .taskSucceeded(let lease, _, _):
            change(lease.attempt.task) {
                $0.attempt = max($0.attempt, lease.attempt.attempt)
                $0.leasedTo = nil
                $0.outcome = .succeeded(attempt: lease.attempt.attempt)
                $0.failedOn = []
                $0.checkpoints = []
            }
        case .attemptFailed(let lease, let failure, _):
            change(lease.attempt.task) {
                $0.failures[failure.failureClass, default: 0] += 1
                if failure.cause?.isCrash == true { $0.crashes += 1 }
                if failure.isBlame { $0.failedOn.insert(lease.worker) }
                if $0.attempt == lease.attempt.attempt { $0.leasedTo = nil }
            }
        case .taskFailed(let task, let failure, _):
            change(task) {
                $0.leasedTo = nil
                $0.outcome = .failed(failure)
                $0.checkpoints = []
            }
        case .taskRequeued(let task, _):
            jobs[task.job]?.isCancelled = false
            jobs[task.job]?.failure = nil
            if jobs[task.job]?.tasks[task.index]?.attempt ?? 0 == 0 {
                jobs[task.job]?.tasks[task.index] = nil
            } else {
                change(task) {
                    $0.outcome = .open
                    $0.failures = [:]
                    $0.crashes = 0
                    $0.failedOn = []
                }
            }
        case .attemptReturned(let lease, _, _):
            change(lease.attempt.task) { if $0.attempt == lease.attempt.attempt { $0.leasedTo = nil } }
        case .checkpointStored(let lease, let checkpoint, _):
            change(lease.attempt.task) {
                let others = $0.checkpoints.filter { $0.iteration != checkpoint.iteration }
                $0.checkpoints = Array(
                    ([checkpoint] + others).sorted { $0.iteration > $1.iteration }.prefix(Limits.checkpoints))
            }
        case .checkpointLost(let task, let digest, _): change(task) { $0.checkpoints.removeAll { $0.digest == digest } }
        case .jobPaused(let id, _): jobs[id]?.isPaused = true
        case .jobResumed(let id, _): jobs[id]?.isPaused = false
        case .jobPriority(let id, let priority, _): jobs[id]?.priority = priority
        case .jobFailed(let id, let reason, let at):
            apply(.jobCancelled(id, at: at))
            jobs[id]?.failure = reason
        case .workerBlocked(let worker, let job, let at):
            if !blocks.contains(where: { $0.worker == worker && $0.job == job }) {
                blocks.append(.init(worker: worker, job: job, since: at))
            }
        case .workerForgiven(let worker, let job, _):
            blocks.removeAll { $0.worker == worker && (job == nil || $0.job == job) }
        case .workerDrained(let worker, let mode, _): drains[worker] = mode
        case .workerResumed(let worker, _): drains[worker] = nil
        }
    }

    func snapshot(epoch: UInt64) -> Snapshot {
        Snapshot(
            epoch: epoch,
            jobs: jobs.sorted { $0.key < $1.key }.map { id, job in
                Snapshot.StoredJob(
                    id: id, spec: job.spec, key: job.key, isCancelled: job.isCancelled, isPaused: job.isPaused,
                    priority: job.priority, failure: job.failure,
                    tasks: job.tasks.sorted { $0.key < $1.key }.map { index, task in
                        Snapshot.StoredTask(
                            index: index, attempt: task.attempt, leasedTo: task.leasedTo, outcome: task.outcome,
                            failures: task.failures, crashes: task.crashes, failedOn: task.failedOn.sorted(),
                            checkpoints: task.checkpoints)
                    })
            }, blocks: blocks.sorted { ($0.worker, $0.job) < ($1.worker, $1.job) },
            drains: drains.sorted { $0.key < $1.key }.map { .init(worker: $0.key, mode: $0.value) })
    }

    private mutating func change(_ task: TaskID, _ body: (inout Task) -> Void) {
        guard var job = jobs[task.job] else { return }
        body(&job.tasks[task.index, default: Task()])
        jobs[task.job] = job
    }
}
