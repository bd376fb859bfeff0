/// What a worker says on its control connection.
public enum WorkerMessage: Hashable, Sendable {
    /// The first word of a session.
    case hello(Hello)
    /// What it holds, after WELCOME; pages, the last with `more == false`.
    case inventory(held: [TaskAttempt], outbox: [TaskAttempt], more: Bool)
    /// Absolute number of free slots.
    case ready(free: UInt32)
    /// Takes an offer.
    case accept(TaskAttempt)
    /// Leaves an offer; no failure of the task.
    case decline(TaskAttempt, reason: String)
    /// Droppable news.
    case progress(TaskAttempt, Progress)
    /// Renews the leases of what it lists, and ends those it does not.
    case ping([HeldAttempt])
    /// A checkpoint's blob is stored; repeated until CHECKPOINT-OK, or forgotten for a newer one.
    case checkpoint(TaskAttempt, Checkpoint)
    /// It gives an attempt back unfinished because of a drain, a pause or the end of its node: nobody is to blame, and
    /// the task goes on from its newest checkpoint. Answered by RESULT-OK; repeated until then.
    case returned(TaskAttempt, reason: String)
    /// It leaves by itself, in this way: nothing more is offered.
    case drain(DrainMode)
    /// An attempt was stopped on request, or was never held.
    case revoked(TaskAttempt)
    /// An attempt ended well; repeated until RESULT-OK.
    case succeeded(TaskAttempt, TaskResult)
    /// An attempt failed; repeated until RESULT-OK.
    case failed(TaskAttempt, Failure)
    /// It leaves.
    case bye(reason: String)
}

/// What the coordinator says to a worker.
public enum CoordinatorMessage: Hashable, Sendable {
    /// The session is open.
    case welcome(Welcome)
    /// No session. 0 milliseconds means: do not come again with these credentials or this version.
    case refuse(Refusal, retryAfterMilliseconds: UInt32)
    /// What to do with each held attempt and each result in the outbox.
    case reconcile([Reconciliation])
    /// A task to execute, from a checkpoint if there is one.
    case offer(TaskAttempt, TaskSpec, leaseMilliseconds: UInt32, resume: Checkpoint?)
    /// Answers a ping: leases renewed, and those that are no longer the worker's.
    case pong(renewed: [TaskAttempt], ended: [TaskAttempt])
    /// Stop an attempt; repeatable. The reason says how much time there is.
    case revoke(TaskAttempt, reason: RevokeReason)
    /// A checkpoint is recorded, or not wanted; older ones may go.
    case checkpointOK(TaskAttempt, iteration: UInt32)
    /// A report was dealt with, whatever came of it: the worker may forget it.
    case resultOK(TaskAttempt, Disposition)
    /// Outputs of a reported result are missing here: send them, then report again.
    case needBlobs(TaskAttempt, [Digest])
    /// Take nothing new and leave in this way.
    case drain(DrainMode)
    /// The session is over.
    case bye(reason: String)
}

/// Who a worker is and what it offers.
public struct Hello: Hashable, Sendable {
    /// Lasting name.
    public var worker: WorkerID
    /// This start of the process.
    public var instance: WorkerInstance
    /// Name of the host, for people.
    public var host: String
    /// Attempts it can run at once.
    public var slots: UInt32
    /// Name of the tensor backend, such as `cpu/openblas-zen`.
    public var backend: String
    /// Version of the engine.
    public var engine: String
    /// What the host has.
    public var capabilities: Capabilities
    /// How long the node still lives, milliseconds; nil if no end is known.
    public var lifetimeMilliseconds: Int64?
    /// What it speaks.
    public var dialect: Dialect

    /// Makes an introduction.
    public init(
        worker: WorkerID, instance: WorkerInstance, host: String, slots: UInt32, backend: String, engine: String,
        capabilities: Capabilities = Capabilities(), lifetimeMilliseconds: Int64? = nil, dialect: Dialect = .silent
    ) {
        self.worker = worker
        self.instance = instance
        self.host = host
        self.slots = slots
        self.backend = backend
        self.engine = engine
        self.capabilities = capabilities
        self.lifetimeMilliseconds = lifetimeMilliseconds
        self.dialect = dialect
    }
}

/// The terms of a session.
public struct Welcome: Hashable, Sendable {
    /// Its number, in the header of every later frame.
    public var session: SessionID
    /// How often this coordinator has started; never falls.
    public var epoch: UInt64
    /// Interval of pings.
    public var heartbeatMilliseconds: UInt32
    /// Length of a lease.
    public var leaseMilliseconds: UInt32
    /// Where blobs go: an endpoint, whose host may be a wildcard: it is the one that control was reached at.
    public var blobEndpoint: String
    /// The CURVE key that the coordinator will have after a rotation: 32 octets, or nil while none is announced.
    public var nextServerKey: [UInt8]?
    /// Those of the worker's features that may be used in this session; sorted, without repetitions.
    public var features: [String]

    /// Makes the terms.
    public init(
        session: SessionID, epoch: UInt64, heartbeatMilliseconds: UInt32, leaseMilliseconds: UInt32,
        blobEndpoint: String, nextServerKey: [UInt8]? = nil, features: [String] = []
    ) {
        self.nextServerKey = nextServerKey
        self.features = features
        self.session = session
        self.epoch = epoch
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
        self.blobEndpoint = blobEndpoint
    }
}

/// Why there is no session.
public enum Refusal: String, Hashable, Sendable, CaseIterable {
    /// No common version of the wire.
    case version
    /// The identity does not fit the key.
    case identity
    /// Another live process uses this name.
    case identityInUse
    /// No room for more workers.
    case full

    /// The same for people, with what to do.
    public var explanation: String {
        switch self {
        case .version: "it speaks another version of the protocol; use the same release on both machines"
        case .identity: "its name is not the one that its key was given to; let it join again"
        case .identityInUse: "another live process uses its name; give each worker a name of its own"
        case .full: "it has no room for more workers"
        }
    }
}

/// The verdict on one attempt at a reconnect.
public struct Reconciliation: Hashable, Sendable {
    /// What to do with it.
    public enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// The lease is yours: go on.
        case adopt
        /// Stop and delete.
        case abandon
        /// Superseded but harmless: finish only if idle.
        case finishDetached
        /// The result is lacking here: report it again.
        case resend
    }

    /// Which attempt.
    public var attempt: TaskAttempt
    /// What to do.
    public var verdict: Verdict

    /// Makes a verdict.
    public init(attempt: TaskAttempt, verdict: Verdict) {
        self.attempt = attempt
        self.verdict = verdict
    }
}

/// Why an attempt is to stop.
public enum RevokeReason: String, Hashable, Sendable, CaseIterable {
    /// The job or task was cancelled: stop at once.
    case cancelled
    /// The job was paused: finish the iteration, store a checkpoint, say RETURNED.
    case paused
    /// Something more urgent needs the slot: as for a pause.
    ///
    /// Workers obey it; no coordinator of this edition says it, since a task that runs keeps its worker.
    case preempted
    /// A newer attempt exists, or the result of another was recorded: stop at once.
    case superseded
    /// It broke a rule of its step, such as the one on stalling: kill the engine at once.
    case failed
}

/// What came of a report.
public enum Disposition: String, Hashable, Sendable, CaseIterable {
    /// Recorded now.
    case recorded
    /// Recorded before; this was a repetition.
    case duplicate
    /// Another attempt was recorded first.
    case superseded
    /// Nobody wants it: cancelled, or unknown here.
    case notWanted
    /// Refused by validation; counted as bad output.
    case rejected
}
