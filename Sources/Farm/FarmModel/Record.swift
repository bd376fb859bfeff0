/// One durable fact, written before anybody hears of it.
///
/// All that a coordinator must remember is the sequence of these; a store keeps them as rows.
public enum Record: Hashable, Sendable {
    /// A job was accepted under a client's key: submitting the same key again gives the same job.
    case jobSubmitted(JobID, JobSpec, key: Digest, at: WallTime)
    /// A job was cancelled: what has not ended ends so.
    case jobCancelled(JobID, at: WallTime)
    /// An attempt number was given out; written before the offer leaves, so that it is never given twice.
    case attemptStarted(Lease, at: WallTime)
    /// A task ended well, once and for all.
    case taskSucceeded(Lease, TaskResult, at: WallTime)
    /// An attempt failed and the task may be tried again; counts against the budget of its class.
    case attemptFailed(Lease, Failure, at: WallTime)
    /// A task failed for good.
    case taskFailed(TaskID, Failure, at: WallTime)
    /// A failed or cancelled task is wanted after all; its budgets are full again.
    ///
    /// If its job was cancelled, that is over: every task of the job without an end is wanted again.
    case taskRequeued(TaskID, at: WallTime)
    /// An attempt ended without a verdict: given back, paused, drained, or overtaken by a backup. No budget pays, and
    /// its result would still be welcome.
    case attemptReturned(Lease, reason: String, at: WallTime)
    /// A checkpoint of a task may be resumed from; the two newest count, and none after the task's end.
    case checkpointStored(Lease, Checkpoint, at: WallTime)
    /// A checkpoint's blob is lost or damaged: it is not to be resumed from.
    case checkpointLost(TaskID, Digest, at: WallTime)
    /// Nothing of a job is given out until it is resumed.
    case jobPaused(JobID, at: WallTime)
    /// A paused job goes on.
    case jobResumed(JobID, at: WallTime)
    /// A job has another priority.
    case jobPriority(JobID, Int32, at: WallTime)
    /// A job failed as a whole: what has not ended is cancelled, as by `jobCancelled`, which it replaces.
    case jobFailed(JobID, reason: String, at: WallTime)
    /// A worker is given nothing more of a job.
    case workerBlocked(WorkerID, JobID, at: WallTime)
    /// A worker is forgiven: of one job, or of all.
    case workerForgiven(WorkerID, JobID?, at: WallTime)
    /// A worker is given nothing more until it is resumed.
    case workerDrained(WorkerID, DrainMode, at: WallTime)
    /// A drained worker is given work again.
    case workerResumed(WorkerID, at: WallTime)
}

/// Milliseconds since 1970 (UTC), for people and manifests only: no decision depends on it.
public struct WallTime: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// Makes a time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Earlier first.
    public static func < (a: WallTime, b: WallTime) -> Bool { a.milliseconds < b.milliseconds }
}
