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

/// What a coordinator finds when it starts.
public struct Snapshot: Hashable, Sendable {
    /// How often a coordinator has started on this state, this start included.
    public var epoch: UInt64
    /// All jobs, in order.
    public var jobs: [StoredJob]

    /// A job and its tasks.
    public struct StoredJob: Hashable, Sendable {
        /// Its number.
        public var id: JobID
        /// What was submitted.
        public var spec: JobSpec
        /// The client's key.
        public var key: Digest
        /// Whether it was cancelled.
        public var isCancelled: Bool
        /// Tasks that are not simply waiting, by index; all others have never been tried.
        public var tasks: [StoredTask]

        /// Makes a job.
        public init(id: JobID, spec: JobSpec, key: Digest, isCancelled: Bool, tasks: [StoredTask]) {
            self.id = id
            self.spec = spec
            self.key = key
            self.isCancelled = isCancelled
            self.tasks = tasks
        }
    }

    /// What is remembered of a task that was tried.
    public struct StoredTask: Hashable, Sendable {
        /// Place in the job.
        public var index: UInt32
        /// The largest attempt number given out.
        public var attempt: UInt32
        /// Who was last given the lease, if the attempt has not ended.
        public var leasedTo: WorkerID?
        /// How it stands.
        public var outcome: Outcome
        /// Failed attempts by class since the task was last queued.
        public var failures: [Failure.Class: UInt32]

        /// How a task stands.
        public enum Outcome: Hashable, Sendable {
            /// Neither succeeded nor failed for good.
            case open
            /// Succeeded with this attempt.
            case succeeded(attempt: UInt32)
            /// Failed for good.
            case failed(Failure)
        }

        /// Makes a memory.
        public init(
            index: UInt32, attempt: UInt32, leasedTo: WorkerID?, outcome: Outcome,
            failures: [Failure.Class: UInt32] = [:]
        ) {
            self.index = index
            self.attempt = attempt
            self.leasedTo = leasedTo
            self.outcome = outcome
            self.failures = failures
        }
    }

    /// Makes a snapshot.
    public init(epoch: UInt64, jobs: [StoredJob]) {
        self.epoch = epoch
        self.jobs = jobs
    }
}
