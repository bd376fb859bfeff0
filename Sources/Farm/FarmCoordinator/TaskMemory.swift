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
        /// Rests after an offer came to nothing. Goes to: `ready`, `succeeded`, `cancelled`.
        case resting(until: Instant)
        /// Offered or running. Goes to: `ready`, `resting`, `succeeded`, `failed`, `cancelled`.
        case leased
        /// A result was recorded, of this attempt. Goes to: nothing.
        case succeeded(attempt: UInt32)
        /// Failed for good. Goes to: `ready` when a client asks for it.
        case failed
        /// Not wanted. Goes to: `ready` when a client asks for it.
        case cancelled
    }
}

/// Counts of failures by class, up to 65,535 each: a million of these are kept.
struct FailureTally: Hashable {
    private var counts: SIMD8<UInt16> = .zero

    init() {}

    init(_ counts: [Failure.Class: UInt32]) {
        for failureClass in Failure.Class.allCases { self[failureClass] = counts[failureClass] ?? 0 }
    }

    subscript(_ failureClass: Failure.Class) -> UInt32 {
        get { UInt32(counts[FailureTally.lane(of: failureClass)]) }
        set { counts[FailureTally.lane(of: failureClass)] = UInt16(clamping: newValue) }
    }

    /// Failures of all classes.
    var total: UInt32 { UInt32(counts.wrappedSum()) }

    /// Counts one more.
    mutating func add(_ failureClass: Failure.Class) {
        self[failureClass] += 1
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
