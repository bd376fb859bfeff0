/// The end of an attempt, kept on disk until the coordinator has answered for it.
public struct OutboxEntry: Hashable, Sendable {
    /// How an attempt ended.
    public enum Outcome: Hashable, Sendable {
        /// Well; its files are durable in the outbox folder.
        case succeeded(TaskResult)
        /// Badly.
        case failed(Failure)
    }

    /// Which attempt.
    public var attempt: TaskAttempt
    /// How it ended.
    public var outcome: Outcome

    /// Makes an entry.
    public init(attempt: TaskAttempt, outcome: Outcome) {
        self.attempt = attempt
        self.outcome = outcome
    }
}
