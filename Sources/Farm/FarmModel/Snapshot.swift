/// What a coordinator finds when it starts.
public struct Snapshot: Hashable, Sendable {
    /// How often a coordinator has started on this state, this start included.
    public var epoch: UInt64
    /// All jobs, in order.
    public var jobs: [StoredJob]
    /// Workers that are given nothing of a job, by worker and job.
    public var blocks: [StoredBlock]
    /// Workers that are given nothing, by name.
    public var drains: [StoredDrain]

    /// Makes a snapshot.
    public init(epoch: UInt64, jobs: [StoredJob], blocks: [StoredBlock] = [], drains: [StoredDrain] = []) {
        self.epoch = epoch
        self.jobs = jobs
        self.blocks = blocks
        self.drains = drains
    }

    /// A worker that is given nothing of a job.
    public struct StoredBlock: Hashable, Sendable {
        /// Who.
        public var worker: WorkerID
        /// Of which job.
        public var job: JobID
        /// Since when.
        public var since: WallTime

        /// Makes an entry.
        public init(worker: WorkerID, job: JobID, since: WallTime) {
            self.worker = worker
            self.job = job
            self.since = since
        }
    }

    /// A worker that is given nothing.
    public struct StoredDrain: Hashable, Sendable {
        /// Who.
        public var worker: WorkerID
        /// How it was asked to leave.
        public var mode: DrainMode

        /// Makes an entry.
        public init(worker: WorkerID, mode: DrainMode) {
            self.worker = worker
            self.mode = mode
        }
    }

    /// A job and its tasks.
    public struct StoredJob: Hashable, Sendable {
        /// Its number.
        public var id: JobID
        /// What was submitted.
        public var spec: JobSpec
        /// The client's key.
        public var key: Digest
        /// Whether it was cancelled, or failed as a whole.
        public var isCancelled: Bool
        /// Whether it is paused.
        public var isPaused: Bool
        /// The priority as last set, or as submitted.
        public var priority: Int32
        /// Why it failed as a whole, if it did.
        public var failure: String?
        /// Tasks that are not simply waiting, by index; all others have never been tried.
        public var tasks: [StoredTask]

        /// Makes a job; nil takes the priority of the specification.
        public init(
            id: JobID, spec: JobSpec, key: Digest, isCancelled: Bool, isPaused: Bool = false, priority: Int32? = nil,
            failure: String? = nil, tasks: [StoredTask]
        ) {
            self.id = id
            self.spec = spec
            self.key = key
            self.isCancelled = isCancelled
            self.isPaused = isPaused
            self.priority = priority ?? spec.priority
            self.failure = failure
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
        /// Failures since the task was last queued whose cause was a crash (`Failure.Cause.isCrash`).
        public var crashes: UInt32
        /// Workers on which it failed by `Failure.isBlame` since it was last queued; sorted, without repetitions.
        public var failedOn: [WorkerID]
        /// Checkpoints to resume from, the newest first; none once the task has ended.
        public var checkpoints: [Checkpoint]
        /// Files of the recorded result; only of the last succeeded task of a chain.
        public var artifacts: [Artifact]

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
            failures: [Failure.Class: UInt32] = [:], crashes: UInt32 = 0, failedOn: [WorkerID] = [],
            checkpoints: [Checkpoint] = [], artifacts: [Artifact] = []
        ) {
            self.index = index
            self.attempt = attempt
            self.leasedTo = leasedTo
            self.outcome = outcome
            self.failures = failures
            self.crashes = crashes
            self.failedOn = failedOn
            self.checkpoints = checkpoints
            self.artifacts = artifacts
        }
    }
}
