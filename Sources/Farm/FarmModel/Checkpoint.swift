/// A point from which a task can go on, on any worker: a blob that the coordinator keeps until a newer one is there.
public struct Checkpoint: Hashable, Sendable {
    /// Iterations done.
    public var iteration: UInt32
    /// Digest of the blob.
    public var digest: Digest
    /// Size of the blob, octets.
    public var byteCount: Int64

    /// Makes a description.
    public init(iteration: UInt32, digest: Digest, byteCount: Int64) {
        self.iteration = iteration
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// An attempt in a ping, with how far it has come.
public struct HeldAttempt: Hashable, Sendable {
    /// Which attempt.
    public var attempt: TaskAttempt
    /// Iterations done.
    public var iteration: UInt32
    /// Milliseconds since the last of them, or since the start; what the stall rule looks at.
    public var sinceStepMilliseconds: UInt32
    /// Whether it has ended and its report waits for an answer: no rule on running attempts concerns it any more.
    public var hasEnded: Bool

    /// Makes an entry.
    public init(
        _ attempt: TaskAttempt, iteration: UInt32 = 0, sinceStepMilliseconds: UInt32 = 0, hasEnded: Bool = false
    ) {
        self.hasEnded = hasEnded
        self.attempt = attempt
        self.iteration = iteration
        self.sinceStepMilliseconds = sinceStepMilliseconds
    }
}
