public import FarmModel

/// News for a person who watches the farm; nothing depends on it.
public enum FarmNotice: Sendable, Equatable {
    /// A worker is ready for work, new or back after it was lost.
    case workerJoined(WorkerID, Hello)
    /// A worker's session is over.
    case workerLost(WorkerID, reason: String)
    /// A worker took an offer.
    case attemptStarted(Lease)
    /// An attempt moves on.
    case progress(Lease, Progress)
    /// A result was recorded.
    case taskSucceeded(Lease, TaskResult)
    /// An attempt failed; `willRetry` is false when that ended the task.
    case attemptFailed(Lease, Failure, willRetry: Bool)
    /// A job was recorded.
    case jobAccepted(JobID)
    /// An attempt came back unfinished, and nobody is to blame.
    case attemptReturned(Lease, reason: String)
    /// A checkpoint was recorded.
    case checkpointStored(Lease, Checkpoint)
    /// A worker is given nothing more of a job for a while.
    case workerBlocked(WorkerID, JobID)
    /// All tasks of a job have ended.
    case jobEnded(JobStatus)
}

extension FarmNotice {
    /// Whether it comes so often that it is no news: with every report of an engine.
    public var isFrequent: Bool {
        switch self {
        case .progress, .checkpointStored: true
        case .workerJoined, .workerLost, .attemptStarted, .taskSucceeded, .attemptFailed, .jobAccepted,
            .attemptReturned, .workerBlocked, .jobEnded:
            false
        }
    }

    /// The news as a line of a log.
    public var sentence: String {
        switch self {
        case .workerJoined(let worker, let hello): "\(worker) on \(hello.host) is ready, with \(hello.slots) slots"
        case .workerLost(let worker, let reason): "\(worker) is gone: \(reason)"
        case .attemptStarted(let lease): "\(lease.worker) begins \(lease.attempt)"
        case .progress(let lease, let progress):
            "\(lease.attempt) on \(lease.worker) is at iteration \(progress.iteration) of \(progress.iterations)"
        case .taskSucceeded(let lease, let result):
            "\(lease.attempt) on \(lease.worker) is done after \(result.wallMilliseconds) ms"
        case .attemptFailed(let lease, let failure, let willRetry):
            "\(lease.attempt) on \(lease.worker) failed"
                + (willRetry ? ", and is tried again: " : ", and with it the task: ") + failure.message
        case .jobAccepted(let job): "\(job) is accepted"
        case .attemptReturned(let lease, let reason): "\(lease.worker) gives \(lease.attempt) back: \(reason)"
        case .checkpointStored(let lease, let checkpoint):
            "\(lease.attempt) on \(lease.worker) has a checkpoint of iteration \(checkpoint.iteration)"
        case .workerBlocked(let worker, let job): "\(worker) is given nothing more of \(job) for a while"
        case .jobEnded(let status):
            "\(status.job) \"\(status.name)\" has ended: \(status.succeeded) of \(status.total) done, "
                + "\(status.failed) failed, \(status.cancelled) cancelled"
        }
    }
}
