internal import FarmModel
internal import OrderedCollections

/// What is recorded of an attempt is what its own worker brought about with it, not an older or another's doing.
struct FenceChecker {
    /// One worker's part in an attempt.
    private struct Part: Hashable {
        let attempt: TaskAttempt
        let worker: WorkerID
    }

    private var successes: [Part: Set<TaskResult>] = [:]
    private var failures: [Part: Set<Failure>] = [:]

    /// A worker entered the end of an attempt into its outbox.
    mutating func ended(_ entry: OutboxEntry, on worker: WorkerID) {
        let part = Part(attempt: entry.attempt, worker: worker)
        switch entry.outcome {
        case .succeeded(let result): successes[part, default: []].insert(result)
        case .failed(let failure): failures[part, default: []].insert(failure)
        }
    }

    /// What is wrong with a record; nil if nothing is.
    func committed(_ record: Record) -> String? {
        switch record {
        case .taskSucceeded(let lease, let result, _):
            guard successes[Part(attempt: lease.attempt, worker: lease.worker)]?.contains(result) == true else {
                return "a result of \(lease.attempt) by \(lease.worker) was recorded that it never had"
            }
        case .attemptFailed(let lease, let failure, _):
            let part = Part(attempt: lease.attempt, worker: lease.worker)
            switch failure.cause {
            // The coordinator's own findings: a lost worker, a rule on time.
            case .stalled, .overdue, .tooFast, .leaseLapsed, .abandoned: return nil
            case .crashed, .exited, .outOfMemory, .hung, .checkpointUnreadable, nil: break
            }
            switch failure.failureClass {
            case .task, .configuration:
                guard failures[part]?.contains(failure) == true else {
                    return "\(lease.attempt) failed at \(lease.worker) with what it never reported: \(failure.message)"
                }
            case .badOutput:
                guard successes[part] != nil || failures[part]?.contains(failure) == true else {
                    return "\(lease.attempt) at \(lease.worker) is blamed for outputs that it never had"
                }
            case .infrastructure:
                guard failure.cause == nil || failures[part]?.contains(failure) == true else {
                    return "\(lease.attempt) at \(lease.worker) is blamed for what it never reported: \(failure)"
                }
            case .busy: break
            }
        default: break
        }
        return nil
    }
}
