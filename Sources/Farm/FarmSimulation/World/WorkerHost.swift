internal import FarmModel
internal import FarmWorker
internal import OrderedCollections

/// What an engine executes.
struct EngineRun {
    /// Tells this execution from an earlier one of the same attempt on the same worker.
    let number: Int
    /// Whether it is to store a checkpoint after this iteration and stop.
    var isSuspended = false
    /// Iterations that were done before it began.
    var start: UInt32 = 0
}

/// A worker's host: the process, which can die, and the disk, which survives it.
struct WorkerHost {
    let number: Int
    var name: WorkerID
    /// Whether it came up under a name that another host has.
    let isClone: Bool
    /// What steps may ask for.
    let capabilities: Capabilities
    var clock: DriftingClock
    /// The machine of the running process; nil while there is none.
    var machine: WorkerMachine?
    /// Number of the process.
    var life = 0
    /// Entries that were persisted.
    var disk: OrderedDictionary<TaskAttempt, OutboxEntry> = [:]
    /// Entries that the running process wants persisted; lost with it.
    var writing: [TaskAttempt: OutboxEntry] = [:]
    /// What the engine of the running process executes, and under which number.
    var engine: OrderedDictionary<TaskAttempt, EngineRun> = [:]
    /// Checkpoints that lie in files, to be brought to the coordinator.
    var checkpoints: [TaskAttempt: [Checkpoint]] = [:]
    /// The present connection; nil while there is none.
    var connection: Int?
    /// When a tick is wanted, by its own clock; the newest wish replaces earlier ones.
    var wake: Instant?
    /// What came while the process stood still; nil while it runs.
    var backlog: [WorkerMachine.Event]?
    /// Whether the process was asked to leave.
    var isDraining = false
    /// Whether its node is taken away at a time that it has said.
    var namesItsEnd = false
    /// Whether it never comes back.
    var isGone = false

    init(number: Int, name: WorkerID, isClone: Bool = false, capabilities: Capabilities, clock: DriftingClock) {
        self.number = number
        self.name = name
        self.isClone = isClone
        self.capabilities = capabilities
        self.clock = clock
    }

    /// Starts a process that finds what the last one left on disk.
    mutating func start(
        _ instance: WorkerInstance, slots: UInt32, lifetime: Int64? = nil, diskPatience: Int64? = nil, random: UInt64,
        at now: Instant
    ) {
        namesItsEnd = lifetime != nil
        // It leaves of itself then.
        isDraining = namesItsEnd
        var configuration = WorkerMachine.Configuration(
            worker: name, instance: instance,
            host: "host-\(number)", slots: slots, backend: "simulated", engine: "1",
            lostAfterMilliseconds: 3_000, backOffMilliseconds: 50, maximumBackOffMilliseconds: 1_000,
            resendMilliseconds: 300, maximumResendMilliseconds: 2_000, maximumDetachedMilliseconds: 15_000,
            drainPatienceMilliseconds: 5_000, capabilities: capabilities,
            lifetimeMilliseconds: lifetime)
        configuration.suspendMilliseconds = 3_000
        configuration.expeditedMilliseconds = 1_000
        configuration.checkpointLeadMilliseconds = 1_000
        configuration.leaveMilliseconds = 500
        configuration.restMilliseconds = 500
        configuration.maximumRestMilliseconds = 2_000
        if let diskPatience { configuration.diskPatienceMilliseconds = diskPatience }
        machine = WorkerMachine(
            configuration: configuration, outbox: Array(disk.values), random: random, at: clock.local(now))
    }

    /// Ends the process without a word.
    mutating func crash() {
        machine = nil
        life += 1
        writing = [:]
        engine = [:]
        checkpoints = [:]
        connection = nil
        wake = nil
        backlog = nil
        isDraining = false
    }
}
