/// What a client says to the coordinator.
public enum ClientMessage: Hashable, Sendable {
    /// The first word.
    case open
    /// Asks for a job; the same key again means the same job.
    case submit(JobSpec, key: Digest)
    /// Acts on a job.
    case command(JobCommand, JobID)
    /// Acts on a worker.
    case workerCommand(WorkerCommand, WorkerID)
    /// Asks how things stand.
    case query(FarmQuery)
}

extension ClientMessage {
    /// What a coordinator must have to be asked this; nil for what every one takes.
    public var neededFeature: Feature? {
        switch self {
        case .open, .submit, .command(.cancel, _), .command(.retryFailed, _), .query(.jobs), .query(.job):
            nil
        // Who does not know of pages answers with the first one, and that can be told.
        case .query(.jobsAfter): nil
        case .command, .workerCommand: .steering
        case .query: .listings
        }
    }
}

/// What can be done to a job; doing it again changes nothing.
public enum JobCommand: Hashable, Sendable {
    /// End what has not ended.
    case cancel
    /// Queue its failed and cancelled tasks again, with full budgets.
    case retryFailed
    /// Give nothing out until it is resumed; what runs stores a checkpoint and comes back.
    case pause
    /// Go on after a pause.
    case resume
    /// Run before jobs of a smaller number.
    case setPriority(Int32)
    /// Queue these tasks again, as far as they failed for good; up to `Limits.namedTasks`.
    case requeue([UInt32])
}

/// What can be done to a worker; doing it again changes nothing.
public enum WorkerCommand: Hashable, Sendable {
    /// Give it nothing more, and tell it to leave in this way; holds until it is resumed, also if it comes back.
    case drain(DrainMode)
    /// Give it work again.
    case resume
    /// Take it from the block lists of all jobs.
    case forgive
}

/// What a client can ask.
public enum FarmQuery: Hashable, Sendable {
    /// How the first jobs stand; up to `Limits.jobPage` of them.
    case jobs
    /// How the jobs with larger numbers than this one stand; up to `Limits.jobPage` of them, none at the end.
    case jobsAfter(JobID)
    /// How a job stands.
    case job(JobID)
    /// How the job of a name stands.
    case jobNamed(String)
    /// Tasks of a job that match, from a place on; up to `Limits.taskPage` of them.
    case tasks(JobID, TaskFilter, TaskPageRequest)
    /// How the workers stand.
    case workers
    /// Why a task is where it is.
    case explain(TaskID)
}

/// Which tasks are asked for.
public enum TaskFilter: String, Hashable, Sendable, CaseIterable {
    /// Every one.
    case all
    /// Those that have not begun: for want of a dependency or of a worker.
    case waiting
    /// Those that are offered or running.
    case running
    /// Those that succeeded.
    case succeeded
    /// Those that failed for good.
    case failed
    /// Those that were cancelled.
    case cancelled
}

/// Which part of a listing is asked for.
public struct TaskPageRequest: Hashable, Sendable {
    /// The first place looked at.
    public var from: UInt32
    /// Tasks wanted at most, 1 to `Limits.taskPage`.
    public var limit: UInt32

    /// Makes a request.
    public init(from: UInt32 = 0, limit: UInt32 = UInt32(Limits.taskPage)) {
        self.from = from
        self.limit = limit
    }
}

/// The terms of a client's dialogue.
public struct Opened: Hashable, Sendable {
    /// How often this coordinator has started; the session number of every later frame.
    public var epoch: UInt64
    /// Where blobs are exchanged, as in `Welcome`; empty where the coordinator takes none from clients.
    public var blobEndpoint: String
    /// The CURVE key that the coordinator will have after a rotation: 32 octets, or nil while none is announced.
    public var nextServerKey: [UInt8]?
    /// What the coordinator can do for clients beside the first edition; sorted, without repetitions.
    public var features: [String]

    /// Makes the terms.
    public init(
        epoch: UInt64, blobEndpoint: String = "", nextServerKey: [UInt8]? = nil, features: [String] = []
    ) {
        self.epoch = epoch
        self.blobEndpoint = blobEndpoint
        self.nextServerKey = nextServerKey
        self.features = features
    }
}

/// What the coordinator answers.
public enum ClientReply: Hashable, Sendable {
    /// The dialogue is open.
    case opened(Opened)
    /// The job is recorded under this number, whether new or known by its key.
    case submitted(JobID, isNew: Bool)
    /// The command took effect, or had already.
    case done(JobID)
    /// The command took effect, or had already.
    case workerDone(WorkerID)
    /// How jobs stand.
    case status([JobStatus])
    /// A page of tasks.
    case tasks(TaskPage)
    /// How workers stand.
    case workers([WorkerStatus])
    /// Why a task is where it is.
    case explanation(TaskExplanation)
    /// Nothing was done, and why.
    case refused(String)
}
