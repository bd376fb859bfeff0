/// What a client says to the coordinator.
public enum ClientMessage: Hashable, Sendable {
    /// The first word.
    case open
    /// Asks for a job; the same key again means the same job.
    case submit(JobSpec, key: Digest)
    /// Acts on a job.
    case command(JobCommand, JobID)
    /// Asks how a job stands; nil asks for all.
    case query(JobID?)
}

/// What can be done to a job.
public enum JobCommand: String, Hashable, Sendable, CaseIterable {
    /// End what has not ended.
    case cancel
    /// Queue its failed and cancelled tasks again.
    case retryFailed
}

/// What the coordinator answers.
public enum ClientReply: Hashable, Sendable {
    /// The dialogue is open; blobs are exchanged at the endpoint, where one is named.
    case opened(epoch: UInt64, blobEndpoint: String = "")
    /// The job is recorded under this number, whether new or known by its key.
    case submitted(JobID, isNew: Bool)
    /// The command took effect, or had already.
    case done(JobID)
    /// How jobs stand.
    case status([JobStatus])
    /// Nothing was done, and why.
    case refused(String)
}

/// How a job stands, in counts.
public struct JobStatus: Hashable, Sendable {
    /// Which job.
    public var job: JobID
    /// Its name.
    public var name: String
    /// Tasks in all.
    public var total: UInt32
    /// Tasks waiting for dependencies or for a worker.
    public var waiting: UInt32
    /// Tasks offered or running.
    public var running: UInt32
    /// Tasks that succeeded.
    public var succeeded: UInt32
    /// Tasks that failed for good.
    public var failed: UInt32
    /// Tasks that were cancelled.
    public var cancelled: UInt32

    /// Makes a status.
    public init(
        job: JobID, name: String, total: UInt32, waiting: UInt32, running: UInt32, succeeded: UInt32, failed: UInt32,
        cancelled: UInt32
    ) {
        self.job = job
        self.name = name
        self.total = total
        self.waiting = waiting
        self.running = running
        self.succeeded = succeeded
        self.failed = failed
        self.cancelled = cancelled
    }

    /// Whether every task has ended.
    public var isEnded: Bool { waiting == 0 && running == 0 }
}
