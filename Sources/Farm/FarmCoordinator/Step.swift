internal import FarmModel

/// A step of a job: a run of consecutive tasks that become ready together.
///
/// Tasks are first tried in their order, so those that were tried are a prefix of the step. Only the prefix is
/// stored; its length is the cursor of the first task that was not tried.
struct Step {
    /// Place in the job of the first task.
    let first: UInt32
    /// Number of tasks.
    let count: UInt32
    /// Places of the steps that must have succeeded.
    let dependencies: [Int]
    /// Whether its tasks may run.
    var phase: Phase
    /// What is remembered of the tasks that were tried, from the first on.
    private(set) var tried: [TaskMemory] = []
    /// Tasks by state, of those that were tried.
    private(set) var leased: UInt32 = 0
    private(set) var succeeded: UInt32 = 0
    private(set) var failed: UInt32 = 0
    private(set) var cancelled: UInt32 = 0

    /// Whether the tasks of a step may run.
    enum Phase: Hashable {
        /// A dependency has not succeeded yet. Goes to: `open`, `doomed`.
        case blocked
        /// All dependencies have succeeded, once and for all. Goes to: nothing.
        case open
        /// A dependency failed for good, and so did every task here. Goes to: `blocked` after a retry.
        case doomed
    }

    init(first: UInt32, count: UInt32, dependencies: [Int]) {
        self.first = first
        self.count = count
        self.dependencies = dependencies
        phase = dependencies.isEmpty ? .open : .blocked
    }

    /// Tasks that were never tried.
    var untried: UInt32 { count - UInt32(tried.count) }
    /// Whether every task has succeeded.
    var isComplete: Bool { succeeded == count }

    /// Remembers the next task that was not tried.
    mutating func append(_ memory: TaskMemory) {
        precondition(untried > 0, "a step of \(count) tasks has no task after the last")
        tried.append(memory)
        tally(memory.state, by: 1)
    }

    /// Moves a task to another state.
    mutating func set(_ offset: Int, to state: TaskMemory.State) {
        tally(tried[offset].state, by: -1)
        tried[offset].state = state
        tally(state, by: 1)
    }

    /// Gives out the next attempt number of a task.
    mutating func lease(_ offset: Int) -> UInt32 {
        tried[offset].attempt += 1
        set(offset, to: .leased)
        return tried[offset].attempt
    }

    /// Counts a failure and says how many of its class there are now.
    mutating func addFailure(_ offset: Int, _ failureClass: Failure.Class) -> UInt32 {
        tried[offset].failures.add(failureClass)
        return tried[offset].failures[failureClass]
    }

    /// Makes a task ready with full budgets.
    mutating func requeue(_ offset: Int) {
        tried[offset].failures = FailureTally()
        set(offset, to: .ready)
    }

    private mutating func tally(_ state: TaskMemory.State, by change: Int) {
        func changed(_ value: UInt32) -> UInt32 { UInt32(Int(value) + change) }
        switch state {
        case .ready, .resting: break
        case .leased: leased = changed(leased)
        case .succeeded: succeeded = changed(succeeded)
        case .failed: failed = changed(failed)
        case .cancelled: cancelled = changed(cancelled)
        }
    }
}
