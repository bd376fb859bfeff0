public import OrderedCollections

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
    /// The present priority.
    public var priority: Int32
    /// Who submitted it.
    public var submitter: String
    /// Whether it is paused.
    public var isPaused: Bool
    /// Why it failed as a whole, if it did.
    public var failure: String?

    /// Makes a status.
    public init(
        job: JobID, name: String, total: UInt32, waiting: UInt32, running: UInt32, succeeded: UInt32, failed: UInt32,
        cancelled: UInt32, priority: Int32 = 0, submitter: String = "", isPaused: Bool = false, failure: String? = nil
    ) {
        self.job = job
        self.name = name
        self.total = total
        self.waiting = waiting
        self.running = running
        self.succeeded = succeeded
        self.failed = failed
        self.cancelled = cancelled
        self.priority = priority
        self.submitter = submitter
        self.isPaused = isPaused
        self.failure = failure
    }

    /// Whether every task has ended.
    public var isEnded: Bool { waiting == 0 && running == 0 }
}

/// A page of a listing of tasks.
public struct TaskPage: Hashable, Sendable {
    /// Whose tasks.
    public var job: JobID
    /// Those that match, by place.
    public var tasks: [TaskStatus]
    /// Where to go on; nil at the end.
    ///
    /// A page may be short, or empty, and not the last: only so much is looked at.
    public var next: UInt32?

    /// Makes a page.
    public init(job: JobID, tasks: [TaskStatus], next: UInt32?) {
        self.job = job
        self.tasks = tasks
        self.next = next
    }
}

/// How a task stands.
public struct TaskStatus: Hashable, Sendable {
    /// In one word.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Waits for other tasks.
        case blocked
        /// Waits for a worker.
        case ready
        /// Rests after a failure or a decline.
        case resting
        /// Was sent to a worker that has not answered.
        case offered
        /// Is executed.
        case running
        /// Has a result.
        case succeeded
        /// Failed for good.
        case failed
        /// Is not wanted.
        case cancelled
    }

    /// Place in the job.
    public var index: UInt32
    /// How it stands.
    public var state: State
    /// Attempts given out so far.
    public var attempts: UInt32
    /// Failed attempts since it was last queued.
    public var failures: UInt32
    /// Who has it, while it is offered or running.
    public var worker: WorkerID?
    /// Iterations done, as last heard, or of the newest checkpoint.
    public var iteration: UInt32

    /// Makes a status.
    public init(
        index: UInt32, state: State, attempts: UInt32 = 0, failures: UInt32 = 0, worker: WorkerID? = nil,
        iteration: UInt32 = 0
    ) {
        self.index = index
        self.state = state
        self.attempts = attempts
        self.failures = failures
        self.worker = worker
        self.iteration = iteration
    }
}

/// How a worker stands.
public struct WorkerStatus: Hashable, Sendable {
    /// In one word.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Its inventory is coming.
        case joining
        /// Takes work.
        case active
        /// Is given nothing more.
        case draining
        /// Has no session.
        case away
    }

    /// Its name.
    public var worker: WorkerID
    /// How it stands.
    public var state: State
    /// Its host, or empty.
    public var host: String
    /// Its backend, or empty.
    public var backend: String
    /// Attempts it can run at once; 0 while it is away.
    public var slots: UInt32
    /// Slots that may be given work now.
    public var free: UInt32
    /// What it has: offered or running.
    public var held: [TaskAttempt]
    /// What its host has.
    public var capabilities: Capabilities
    /// How long its node still lives, milliseconds; nil if no end is known.
    public var lifetimeMilliseconds: Int64?
    /// Milliseconds since it was last heard; nil while it is away.
    public var silentMilliseconds: Int64?
    /// Jobs of which it is given nothing.
    public var blockedJobs: [JobID]

    /// Makes a status.
    public init(
        worker: WorkerID, state: State, host: String = "", backend: String = "", slots: UInt32 = 0, free: UInt32 = 0,
        held: [TaskAttempt] = [], capabilities: Capabilities = Capabilities(), lifetimeMilliseconds: Int64? = nil,
        silentMilliseconds: Int64? = nil, blockedJobs: [JobID] = []
    ) {
        self.worker = worker
        self.state = state
        self.host = host
        self.backend = backend
        self.slots = slots
        self.free = free
        self.held = held
        self.capabilities = capabilities
        self.lifetimeMilliseconds = lifetimeMilliseconds
        self.silentMilliseconds = silentMilliseconds
        self.blockedJobs = blockedJobs
    }
}

/// Why a task is where it is, as it is told to a client.
public struct TaskExplanation: Hashable, Sendable {
    /// Which task.
    public var task: TaskID
    /// How it stands.
    public var state: TaskStatus.State
    /// A lasting word for the reason, such as `no-capable-worker`; for programs.
    public var reason: String
    /// One sentence for people.
    public var sentence: String
    /// The numbers in the sentence, by name; for programs.
    public var facts: OrderedDictionary<String, String>

    /// Makes an explanation.
    public init(
        task: TaskID, state: TaskStatus.State, reason: String, sentence: String,
        facts: OrderedDictionary<String, String> = [:]
    ) {
        self.task = task
        self.state = state
        self.reason = reason
        self.sentence = sentence
        self.facts = facts
    }
}
