internal import FarmModel
internal import HeapModule

/// A step of a job: a run of consecutive tasks that become ready together, or one after another in a chain.
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
    /// Whether each task waits for the one before it.
    let isChain: Bool
    /// Whether its tasks may run.
    var phase: Phase
    /// Whether it stands in the queue of steps with ready tasks.
    var isQueued = false
    /// In a chain: who is waited for with the next task, and files of the last.
    var chain = Chain()
    /// What is remembered of the tasks that were tried, from the first on.
    private(set) var tried = TriedTasks()
    /// Offsets of tasks that were tried and are ready again; may hold some that are not any more, or twice.
    private(set) var again = Heap<UInt32>()
    /// Tasks by state, of those that were tried.
    private(set) var leased: UInt32 = 0
    private(set) var succeeded: UInt32 = 0
    private(set) var failed: UInt32 = 0
    private(set) var cancelled: UInt32 = 0
    /// How long tasks took that succeeded since the start of this coordinator, milliseconds.
    private(set) var durations = Durations()

    /// Whether the tasks of a step may run.
    enum Phase: Hashable {
        /// A dependency has not succeeded yet. Goes to: `open`, `doomed`.
        case blocked
        /// All dependencies have succeeded, once and for all. Goes to: nothing.
        case open
        /// A dependency failed for good, and so did every task here. Goes to: `blocked` after a retry.
        case doomed
    }

    /// What is remembered of a chain.
    struct Chain {
        /// Until when the next task waits for the worker that ran the last.
        var reservation: (worker: WorkerID, until: Instant)?
        /// Files of the last task that succeeded.
        var files: [Artifact] = []
    }

    /// A mean without its parts.
    struct Durations {
        var count: Int64 = 0
        var total: Int64 = 0
        /// nil before the first.
        var mean: Int64? { count == 0 ? nil : total / count }
    }

    init(first: UInt32, count: UInt32, dependencies: [Int], isChain: Bool) {
        self.first = first
        self.count = count
        self.dependencies = dependencies
        self.isChain = isChain
        phase = dependencies.isEmpty ? .open : .blocked
    }

    /// Tasks that were never tried.
    var untried: UInt32 { count - UInt32(tried.count) }
    /// Whether every task has succeeded.
    var isComplete: Bool { succeeded == count }
    /// Whether the tasks that were never tried can never be: their chain is broken, or the step is doomed.
    var isUntriedLost: Bool { phase == .doomed || (isChain && failed > 0) }

    /// The first task that was not tried, if it may be now.
    private var fresh: UInt32? {
        guard phase == .open, untried > 0 else { return nil }
        guard !isChain || (succeeded == tried.count && chain.reservation == nil) else { return nil }
        return UInt32(tried.count)
    }

    /// The next task of a chain, if it is kept for a worker.
    var reserved: UInt32? {
        guard phase == .open, untried > 0, chain.reservation != nil, succeeded == tried.count else {
            return nil
        }
        return UInt32(tried.count)
    }

    // MARK: - Ready tasks

    /// The ready task with the lowest offset.
    mutating func nextReady() -> UInt32? {
        while let offset = again.min, tried[Int(offset)].state != .ready { again.removeMin() }
        return next(again.min)
    }

    /// The lower of a task that is ready again and the first that was not tried.
    func next(_ again: UInt32?) -> UInt32? {
        guard let again else { return fresh }
        return min(again, fresh ?? again)
    }

    /// Takes out the task with the lowest offset of those that are ready again; `putBack` has to follow.
    mutating func popReady() -> UInt32? {
        while let offset = again.popMin() {
            if tried[Int(offset)].state == .ready { return offset }
        }
        return nil
    }

    /// Puts back what `popReady` took out.
    mutating func putBack(_ offsets: [UInt32]) {
        for offset in offsets { again.insert(offset) }
    }

    /// Whether any task is ready.
    var hasReady: Bool {
        if fresh != nil { return true }
        return again.unordered.contains { tried[Int($0)].state == .ready }
    }

    /// Makes a task ready that was tried.
    mutating func makeReady(_ offset: Int) {
        set(offset, to: .ready)
        again.insert(UInt32(offset))
    }

    /// Forgets all ready tasks.
    mutating func emptyQueue() { again = Heap() }

    // MARK: - Tasks

    /// Remembers the next task that was not tried.
    mutating func append(_ memory: TaskMemory) {
        precondition(untried > 0, "a step of \(count) tasks has no task after the last")
        tried.append(memory)
        tally(memory.state, by: 1)
        if memory.state == .ready { again.insert(UInt32(tried.count - 1)) }
        if isComplete { seal() }
    }

    /// All is done: nothing of it is needed but what late reports are answered with.
    private mutating func seal() {
        tried.seal()
        emptyQueue()
    }

    /// Moves a task to another state.
    mutating func set(_ offset: Int, to state: TaskMemory.State) {
        tally(tried[offset].state, by: -1)
        tried[offset].state = state
        tally(state, by: 1)
        if isComplete { seal() }
    }

    /// Gives out the next attempt number of a task, ready or, for a backup, leased.
    mutating func lease(_ offset: Int) -> UInt32 {
        if offset == tried.count {
            chain.reservation = nil
            tried.append(TaskMemory(state: .ready, attempt: 0))
        } else if again.min == UInt32(offset) {
            again.removeMin()
        }
        tried[offset].attempt += 1
        set(offset, to: .leased)
        return tried[offset].attempt
    }

    /// Notes how long a task took.
    mutating func addDuration(_ milliseconds: Int64) {
        durations.count += 1
        durations.total += min(max(0, milliseconds), Limits.milliseconds)
    }

    /// Counts a failure and says how it stands with its task now.
    mutating func addFailure(_ offset: Int, _ failure: Failure) -> FailureTally {
        tried[offset].failures.add(failure)
        return tried[offset].failures
    }

    /// Makes a task ready with full budgets.
    mutating func requeue(_ offset: Int) {
        tried[offset].failures = FailureTally()
        makeReady(offset)
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
