/// Why an attempt failed; each class has its own budget of retries.
public struct Failure: Hashable, Sendable, Error {
    /// Who is to blame.
    public enum Class: String, Hashable, Sendable, CaseIterable {
        /// The node or the network: the engine was killed, the lease lapsed.
        case infrastructure
        /// The worker had no room; nothing was tried.
        case busy
        /// The task itself failed, in a way that another try may not repeat.
        case task
        /// The outputs did not verify.
        case badOutput
        /// It cannot work anywhere: bad settings, a missing model, a loss that ceases to be a number.
        case configuration
    }

    /// What happened, where that is known and somebody may want to count it.
    public enum Cause: Hashable, Sendable {
        /// The engine was ended by a signal.
        case crashed(signal: Int32)
        /// The engine ended by itself with a status, without a result.
        case exited(status: Int32)
        /// The engine was killed because the node ran out of memory.
        case outOfMemory
        /// The engine did not answer any more and was killed.
        case hung
        /// No iteration for longer than the step allows.
        case stalled
        /// It ran for longer than the step allows.
        case overdue
        /// It ended sooner than the step thinks possible.
        case tooFast
        /// The worker was not heard of for the length of the lease.
        case leaseLapsed
        /// The worker left, or no longer has it.
        case abandoned
        /// The checkpoint it was to go on from cannot be had or read: the coordinator falls back to an older one.
        case checkpointUnreadable

        /// Whether the task took an engine down with it; the crash limit counts these.
        public var isCrash: Bool {
            switch self {
            case .crashed, .exited, .outOfMemory, .hung, .stalled: true
            case .overdue, .tooFast, .leaseLapsed, .abandoned, .checkpointUnreadable: false
            }
        }
    }

    /// Who is to blame.
    public let failureClass: Class
    /// What happened, where that is known.
    public let cause: Cause?
    /// One line for people.
    public let message: String

    /// Makes a failure; the message is cut to the limit.
    public init(_ failureClass: Class, _ message: String, cause: Cause? = nil) {
        self.failureClass = failureClass
        self.cause = cause
        self.message = String(message.prefix(Limits.messageCharacters))
    }

    /// Whether it says something about the worker or the task, and not about luck: what the block list and the rule
    /// of several workers count.
    public var isBlame: Bool {
        switch failureClass {
        case .task, .badOutput: true
        case .infrastructure: cause?.isCrash ?? false
        case .busy, .configuration: false
        }
    }
}

extension Failure.Cause: LosslessStringConvertible {
    /// One word, and a number where there is one: as in `crashed 11`.
    public var description: String {
        switch self {
        case .crashed(let signal): "crashed \(signal)"
        case .exited(let status): "exited \(status)"
        case .outOfMemory: "out-of-memory"
        case .hung: "hung"
        case .stalled: "stalled"
        case .overdue: "overdue"
        case .tooFast: "too-fast"
        case .leaseLapsed: "lease-lapsed"
        case .abandoned: "abandoned"
        case .checkpointUnreadable: "checkpoint-unreadable"
        }
    }

    /// Reads what `description` wrote; nil if it is none of these.
    public init?(_ description: String) {
        let words = description.split(separator: " ", omittingEmptySubsequences: false)
        let number = words.count == 2 ? Int32(words[1]) : nil
        switch (words.first, number) {
        case ("crashed", let signal?): self = .crashed(signal: signal)
        case ("exited", let status?): self = .exited(status: status)
        case (_, nil) where words.count == 1:
            let plain: [Failure.Cause] = [
                .outOfMemory, .hung, .stalled, .overdue, .tooFast, .leaseLapsed, .abandoned, .checkpointUnreadable,
            ]
            guard let cause = plain.first(where: { $0.description == description }) else { return nil }
            self = cause
        default: return nil
        }
    }
}
