import FarmModel
import FarmStore

/// What records add up to, told once more in memory and without a database.
struct RecordFold {
    private struct Task {
        var attempt: UInt32 = 0
        var leasedTo: WorkerID?
        var outcome = Snapshot.StoredTask.Outcome.open
        var failures: [Failure.Class: UInt32] = [:]
    }

    private struct Job {
        var spec: JobSpec
        var key: Digest
        var isCancelled = false
        var tasks: [UInt32: Task] = [:]
    }

    private var jobs: [JobID: Job] = [:]

    mutating func apply(_ record: Record) {
        switch record {
        case .jobSubmitted(let id, let spec, let key, _):
            jobs[id] = Job(spec: spec, key: key)
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
            }
        case .attemptFailed(let lease, let failure, _):
            change(lease.attempt.task) {
                $0.failures[failure.failureClass, default: 0] += 1
                if $0.attempt == lease.attempt.attempt { $0.leasedTo = nil }
            }
        case .taskFailed(let task, let failure, _):
            change(task) {
                $0.leasedTo = nil
                $0.outcome = .failed(failure)
            }
        case .taskRequeued(let task, _):
            jobs[task.job]?.isCancelled = false
            if jobs[task.job]?.tasks[task.index]?.attempt ?? 0 == 0 {
                jobs[task.job]?.tasks[task.index] = nil
            } else {
                change(task) {
                    $0.outcome = .open
                    $0.failures = [:]
                }
            }
        }
    }

    func snapshot(epoch: UInt64) -> Snapshot {
        Snapshot(
            epoch: epoch,
            jobs: jobs.sorted { $0.key < $1.key }.map { id, job in
                Snapshot.StoredJob(
                    id: id, spec: job.spec, key: job.key, isCancelled: job.isCancelled,
                    tasks: job.tasks.sorted { $0.key < $1.key }.map { index, task in
                        Snapshot.StoredTask(
                            index: index, attempt: task.attempt, leasedTo: task.leasedTo, outcome: task.outcome,
                            failures: task.failures)
                    })
            })
    }

    private mutating func change(_ task: TaskID, _ body: (inout Task) -> Void) {
        guard var job = jobs[task.job] else { return }
        body(&job.tasks[task.index, default: Task()])
        jobs[task.job] = job
    }
}
