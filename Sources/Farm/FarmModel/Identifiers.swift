/// A job, numbered by the coordinator from 1 in the order of submission.
public struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let number: UInt64

    /// Makes an identifier.
    public init(_ number: UInt64) { self.number = number }

    /// Earlier jobs first.
    public static func < (a: JobID, b: JobID) -> Bool { a.number < b.number }
    /// As in `job 3`.
    public var description: String { "job \(number)" }
}

/// A task: its job and its place in the job's list, counted from 0 over all steps.
public struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The job it belongs to.
    public let job: JobID
    /// Place in the job.
    public let index: UInt32

    /// Makes an identifier.
    public init(job: JobID, index: UInt32) {
        self.job = job
        self.index = index
    }

    /// By job, then by place.
    public static func < (a: TaskID, b: TaskID) -> Bool { (a.job, a.index) < (b.job, b.index) }
    /// As in `3/17`.
    public var description: String { "\(job.number)/\(index)" }
}

/// One execution of a task.
///
/// The number is the fencing token: every new attempt has a larger one.
public struct TaskAttempt: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What is executed.
    public let task: TaskID
    /// 1, 2, 3, … per task.
    public let attempt: UInt32

    /// Makes an identifier.
    public init(task: TaskID, attempt: UInt32) {
        self.task = task
        self.attempt = attempt
    }

    /// By task, then by attempt.
    public static func < (a: TaskAttempt, b: TaskAttempt) -> Bool { (a.task, a.attempt) < (b.task, b.attempt) }
    /// As in `3/17#2`.
    public var description: String { "\(task)#\(attempt)" }
}

/// The lasting name of a worker, kept across its restarts.
public struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name: 1 to 128 printable ASCII characters.
    public let name: String

    /// Makes an identifier; nil if the name is not 1 to 128 characters of `[A-Za-z0-9._-]`.
    public init?(_ name: String) {
        let allowed = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
        }
        guard allowed, (1...128).contains(name.utf8.count) else { return nil }
        self.name = name
    }

    /// Alphabetical.
    public static func < (a: WorkerID, b: WorkerID) -> Bool { a.name < b.name }
    /// The name.
    public var description: String { name }
}

/// One start of a worker process: 128 random bits, so that a restart is told from a reconnect.
public struct WorkerInstance: Hashable, Sendable {
    /// The upper half.
    public let high: UInt64
    /// The lower half.
    public let low: UInt64

    /// Makes an identifier from random bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A dialogue between the coordinator and one worker process, numbered by the coordinator; 0 means none yet.
public struct SessionID: Hashable, Comparable, Sendable {
    /// The number.
    public let number: UInt64

    /// Makes an identifier.
    public init(_ number: UInt64) { self.number = number }

    /// Before the coordinator has said WELCOME.
    public static let none = SessionID(0)
    /// Earlier sessions first.
    public static func < (a: SessionID, b: SessionID) -> Bool { a.number < b.number }
}

/// Where an answer goes: the transport's return address, opaque to everything else.
public struct Route: Hashable, Sendable {
    /// The address.
    public let bytes: [UInt8]

    /// Makes an address.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// The current permission to execute a task.
public struct Lease: Hashable, Sendable {
    /// The execution.
    public let attempt: TaskAttempt
    /// Who may execute it.
    public let worker: WorkerID

    /// Makes a lease.
    public init(attempt: TaskAttempt, worker: WorkerID) {
        self.attempt = attempt
        self.worker = worker
    }
}
