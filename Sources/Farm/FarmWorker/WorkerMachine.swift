internal import DequeModule
public import FarmModel
internal import OrderedCollections

/// A worker as its coordinator sees it: its session, its attempts and the results it owes.
///
/// It is a pure state machine like the coordinator. It survives every loss of its connection: what runs goes on, what
/// ends goes to the outbox, and after the next WELCOME an inventory tells both sides where they stand. A result leaves
/// the outbox only when the coordinator has answered for it.
public struct WorkerMachine: Sendable {
    let configuration: Configuration

    /// How it stands with its coordinator.
    var phase: Phase = .idle
    /// What the engine executes, in the order of starting.
    var runs: OrderedDictionary<TaskAttempt, Run> = [:]
    /// What is to be reported, in the order of ending.
    var outbox: OrderedDictionary<TaskAttempt, Report> = [:]

    /// Interval of pings, as the last WELCOME said.
    var heartbeatMilliseconds: Int64
    /// Length of a lease, as the last WELCOME said.
    var leaseMilliseconds: Int64
    /// What may be used beside the first edition, as the last WELCOME said.
    var features: Set<Feature> = Set(Feature.ofWorkers)
    /// When the coordinator was last heard.
    var lastHeard: Instant
    /// When the coordinator was last heard before contact was lost; nil while there is contact.
    var contactLost: Instant?
    /// When the next half of a heartbeat is due.
    var nextBeat: Instant
    /// Whether that half is a ping.
    var nextBeatIsPing = true
    /// When the pings without an answer were sent, oldest first.
    var pings: Deque<Instant> = []
    /// Free slots as last declared in this session.
    var declaredFree: UInt32?
    /// Sessions that were tried since the last that came about.
    var tries = 0
    /// How the worker leaves, if it does.
    var drain: Drain?
    /// What the coordinator was told of that in this session.
    var announcedDrain: DrainMode?
    /// When its node ends; nil if no end is known.
    let lifetimeEnd: Instant?
    /// When it begins to leave because of that; nil if it has.
    var lifetimeWarning: Instant?
    /// Set while no work is taken because the disk failed.
    var rest: Rest?
    /// How long the last rest was; 0 after a success.
    var restMilliseconds: Int64 = 0
    /// When a drained worker gives up to deliver.
    var drainDeadline: Instant?
    /// The generator of the jitter.
    var random: SplitMix64
    /// The newest instant heard of: time never falls in here.
    var now: Instant
    /// The wake that was last asked for and has not come yet.
    private var expectedWake: Instant?
    /// What the present event has led to so far.
    var effects: [Effect] = []

    /// Makes a worker that is not connected yet; send it `.start`.
    ///
    /// - Parameters:
    ///   - configuration: Who it is.
    ///   - outbox: Entries found on disk.
    ///   - random: Seed of the jitter.
    ///   - now: The present.
    public init(configuration: Configuration, outbox: [OutboxEntry], random: UInt64, at now: Instant) {
        self.configuration = configuration
        for entry in outbox { self.outbox[entry.attempt] = Report(entry) }
        heartbeatMilliseconds = configuration.lostAfterMilliseconds
        leaseMilliseconds = configuration.lostAfterMilliseconds
        lastHeard = now
        nextBeat = now
        lifetimeEnd = configuration.lifetimeMilliseconds.map { now.advanced(byMilliseconds: $0) }
        lifetimeWarning = configuration.lifetimeMilliseconds.map { lifetime in
            now.advanced(byMilliseconds: lifetime - min(configuration.lifetimeLeadMilliseconds, lifetime / 4))
        }
        self.random = SplitMix64(seed: random)
        self.now = now
    }

    /// Takes in one event; returns what is to be done about it, in order.
    ///
    /// Total: any event is legal in any state, whatever its age and however often it comes.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: When, on the clock of this process; an instant before an earlier one counts as that one.
    /// - Returns: Effects, to be executed in order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        guard phase != .exited else { return [] }
        self.now = max(self.now, now)
        switch event {
        case .start: if phase == .idle { connect() }
        case .coordinatorSaid(let message, let session): coordinatorSaid(message, session: session)
        case .disconnected: if isConnected { goOffline() }
        case .engineStarted(let attempt): engineStarted(attempt)
        case .filesArrive: filesArrive()
        case .engineProgress(let attempt, let progress): progressed(attempt, progress)
        case .engineCheckpoint(let attempt, let checkpoint): dropped(attempt, checkpoint)
        case .engineStopped(let attempt): engineStopped(attempt)
        case .engineEnded(let attempt): engineEnded(attempt)
        case .engineSucceeded(let attempt, let result): succeeded(attempt, result)
        case .engineFailed(let attempt, let failure): failed(attempt, failure)
        case .outboxKept(let attempt): kept(attempt)
        case .blobsStored(let attempt): blobsStored(attempt)
        case .outputLost(let attempt, let reason): outputLost(attempt, reason)
        case .checkpointStored(let attempt, let iteration): checkpointStored(attempt, iteration: iteration)
        case .checkpointLost(let attempt, let iteration): checkpointDone(attempt, iteration: iteration)
        case .storageFailed(let attempt, let reason): storageFailed(attempt, reason)
        case .storageChecked(let error): storageChecked(error)
        case .drain(let mode, let reason, let limit): leave(mode, reason, isOwn: true, within: limit)
        case .tick: break
        }
        settle()
        askForWake()
        defer { effects = [] }
        return effects
    }

    /// The session that messages may be sent in.
    var session: SessionID? {
        switch phase {
        case .active(let session), .suspect(let session): session
        case .reconciling(let reconciling): reconciling.session
        case .idle, .offline, .helloSent, .exited: nil
        }
    }

    /// The session, if all is well.
    var activeSession: SessionID? {
        switch phase {
        case .active(let session): session
        case .idle, .offline, .helloSent, .reconciling, .suspect, .exited: nil
        }
    }

    /// Whether there is a connection.
    var isConnected: Bool {
        switch phase {
        case .helloSent, .reconciling, .active, .suspect: true
        case .idle, .offline, .exited: false
        }
    }

    /// Sends a message if there is a session.
    mutating func send(_ message: WorkerMessage) {
        guard let session else { return }
        effects.append(.send(message, session: session))
    }

    /// The instant this many milliseconds from now.
    func after(_ milliseconds: Int64) -> Instant { now.advanced(byMilliseconds: milliseconds) }

    /// Asks for a tick at the earliest deadline unless that was done already.
    private mutating func askForWake() {
        if let expected = expectedWake, expected <= now { expectedWake = nil }
        guard let earliest = nextDeadline, earliest != expectedWake else { return }
        expectedWake = earliest
        effects.append(.wake(at: earliest))
    }
}
