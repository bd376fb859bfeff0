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
    case ping([TaskAttempt])
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
    /// A task to execute.
    case offer(TaskAttempt, TaskSpec, leaseMilliseconds: UInt32)
    /// Answers a ping: leases renewed, and those that are no longer the worker's.
    case pong(renewed: [TaskAttempt], ended: [TaskAttempt])
    /// Stop an attempt; repeatable.
    case revoke(TaskAttempt, reason: RevokeReason)
    /// A report was dealt with, whatever came of it: the worker may forget it.
    case resultOK(TaskAttempt, Disposition)
    /// Outputs of a reported result are missing here: send them, then report again.
    case needBlobs(TaskAttempt, [Digest])
    /// Finish what is running, take nothing new.
    case drain
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

    /// Makes an introduction.
    public init(
        worker: WorkerID, instance: WorkerInstance, host: String, slots: UInt32, backend: String, engine: String
    ) {
        self.worker = worker
        self.instance = instance
        self.host = host
        self.slots = slots
        self.backend = backend
        self.engine = engine
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
    /// Where blobs go: an endpoint, or empty for the same host as control with the port in `blobPort`.
    public var blobEndpoint: String

    /// Makes the terms.
    public init(
        session: SessionID, epoch: UInt64, heartbeatMilliseconds: UInt32, leaseMilliseconds: UInt32,
        blobEndpoint: String
    ) {
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
    /// The job or task was cancelled.
    case cancelled
    /// The job was paused.
    case paused
    /// Something more urgent needs the slot.
    case preempted
    /// A newer attempt exists.
    case superseded
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

/// The blob dialogue, in either direction.
///
/// A transfer number is chosen by who starts it.
public enum BlobMessage: Hashable, Sendable {
    /// Offers a blob.
    case put(transfer: UInt64, digest: Digest, size: Int64)
    /// It is there already: send nothing.
    case have(transfer: UInt64)
    /// Send from `offset`, up to `credit` octets counted from the blob's start.
    case go(transfer: UInt64, offset: Int64, credit: Int64)
    /// Raw bytes at an offset; consecutive.
    case chunk(transfer: UInt64, offset: Int64, bytes: [UInt8])
    /// Octets that may have been sent in all since the blob's start; absolute, so repetition is harmless.
    case credit(transfer: UInt64, total: Int64)
    /// Stored and verified.
    case putOK(transfer: UInt64)
    /// Asks for a blob from an offset, with a first credit.
    case get(transfer: UInt64, digest: Digest, offset: Int64, credit: Int64)
    /// All octets were sent; the size of the whole.
    case getEnd(transfer: UInt64, size: Int64)
    /// The transfer ends here; `have` says from where it could go on.
    case abort(transfer: UInt64, reason: AbortReason, have: Int64)
}

/// Why a transfer ended early.
public enum AbortReason: String, Hashable, Sendable, CaseIterable {
    /// A chunk did not follow the last one.
    case gap
    /// The content is not what its name says.
    case digest
    /// More was sent than allowed.
    case credit
    /// No such blob.
    case unknown
    /// Over a quota or the limit of size.
    case quota
    /// The disk failed or is full.
    case storage
}
