internal import FarmModel

/// What is remembered of a task that was tried; a task that never was costs nothing.
struct TaskMemory {
    /// How it stands.
    var state: State
    /// The largest attempt number given out; never falls.
    var attempt: UInt32
    /// Failed attempts since the task was last queued.
    var failures = FailureTally()

    /// How a task stands that was tried at least once.
    enum State: Hashable {
        /// Waits for a worker. Goes to: `leased`, `succeeded` (a late result of an earlier attempt), `cancelled`.
        case ready
        /// Rests after an offer came to nothing or the node failed. Goes to: `ready`, `succeeded`, `cancelled`.
        case resting(until: Instant)
        /// Offered or running. Goes to: `ready` (failed, given back), `resting`, `succeeded`, `failed`, `cancelled`,
        /// itself under a later attempt (a backup).
        case leased
        /// A result was recorded, of this attempt. Goes to: nothing.
        case succeeded(attempt: UInt32)
        /// Failed for good. Goes to: `ready` when a client asks for it.
        case failed
        /// Not wanted. Goes to: `ready` when a client asks for it.
        case cancelled
    }
}

/// Counts of failures by class and of crashes, up to 65,535 each: a million of these are kept.
struct FailureTally: Hashable {
    private var counts: SIMD8<UInt16> = .zero

    private static let crashLane = 5

    init() {}

    init(_ counts: [Failure.Class: UInt32], crashes: UInt32) {
        for failureClass in Failure.Class.allCases { self[failureClass] = counts[failureClass] ?? 0 }
        self.crashes = crashes
    }

    subscript(_ failureClass: Failure.Class) -> UInt32 {
        get { UInt32(counts[FailureTally.lane(of: failureClass)]) }
        set { counts[FailureTally.lane(of: failureClass)] = UInt16(clamping: newValue) }
    }

    /// Failures that took an engine down.
    private(set) var crashes: UInt32 {
        get { UInt32(counts[FailureTally.crashLane]) }
        set { counts[FailureTally.crashLane] = UInt16(clamping: newValue) }
    }

    /// Failures of all classes.
    var total: UInt32 { Failure.Class.allCases.reduce(0) { $0 + self[$1] } }

    /// Counts one more.
    mutating func add(_ failure: Failure) {
        self[failure.failureClass] += 1
        if failure.cause?.isCrash == true { crashes += 1 }
    }

    private static func lane(of failureClass: Failure.Class) -> Int {
        switch failureClass {
        case .infrastructure: 0
        case .busy: 1
        case .task: 2
        case .badOutput: 3
        case .configuration: 4
        }
    }
}
