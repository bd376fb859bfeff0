internal import FarmModel
internal import OrderedCollections

/// A dialogue with one worker process.
struct Session {
    let id: SessionID
    /// What the worker said of itself.
    let hello: Hello
    /// Its newest return address.
    var route: Route
    /// How far the dialogue has come.
    var phase: Phase
    /// When the worker last said anything.
    var lastHeard: Instant
    /// When its node ends, if it said so.
    var nodeEnds: Instant?
    /// Those of its features that are used.
    let features: [String]
    /// Free slots as last declared, less the offers it took since; stays at 0 until the worker is active.
    var free: UInt32 = 0
    /// Whether it waits for a turn, or for work that fits it.
    var turn = Waiting.no
    /// Whether the watcher was told that this worker joined.
    var isAnnounced: Bool
    /// Attempts in a row that failed for reasons of its node.
    var misfortunes: UInt32 = 0
    /// Until when it is given nothing after such failures.
    var restingUntil: Instant?

    /// How far a dialogue has come.
    ///
    /// It ends from either phase by BYE, by silence or by a newer session.
    enum Phase {
        /// Its inventory is coming, page by page. Goes to: `active`.
        case reconciling(Inventory)
        /// It may be given work.
        case active
    }

    /// Where a session with credit stands.
    enum Waiting: Hashable {
        /// It has no credit, as far as anybody has looked. Goes to: `inRotation`.
        case no
        /// Its turn comes. Goes to: `no`, `parked`.
        case inRotation
        /// Nothing that is ready fits it. Goes to: `inRotation` when something changes.
        case parked
    }

    /// What a worker has listed so far.
    struct Inventory {
        var held: [TaskAttempt] = []
        var outbox: [TaskAttempt] = []
    }

    /// Whether the worker is told what belongs to a feature.
    ///
    /// One that has no word for any is of the first edition or of release 0.1.0: it is told everything, since it knows
    /// what it means or does not look.
    func hears(_ feature: Feature) -> Bool {
        hello.dialect.features.isEmpty || features.contains(feature.rawValue)
    }

    /// Whether its inventory is known.
    var isActive: Bool {
        switch phase {
        case .reconciling: false
        case .active: true
        }
    }
}

/// A worker as long as it has a session or a lease.
struct Worker {
    let id: WorkerID
    /// The one live session.
    var session: Session?
    /// Tasks whose lease it has; leases outlive sessions.
    var held: OrderedSet<TaskID> = []
    /// How its process leaves, if it said so.
    var leaving: DrainMode?
    /// What its process has loaded, as far as can be told, the newest first.
    var warm = WarmKeys()
    /// Chains whose next task is kept for it.
    var reserved: OrderedSet<StepKey> = []
}

/// The keys of what a worker process ran lately: its models are in memory.
struct WarmKeys {
    private(set) var keys: [String] = []

    /// Notes that a task of this key begins.
    mutating func note(_ key: String) {
        guard !key.isEmpty else { return }
        keys.removeAll { $0 == key }
        keys.insert(key, at: 0)
        if keys.count > CoordinatorLimits.warmKeys { keys.removeLast() }
    }
}

/// The permission to execute a task, as long as it lasts.
struct ActiveLease {
    let lease: Lease
    var phase: Phase
    /// When it lapses.
    var deadline: Instant
    /// When its entry in the timers is due; no later than the deadline.
    var timer: Instant
    /// When the attempt began, or was taken over after a restart of the coordinator.
    var started: Instant
    /// When its engine began, as far as its worker has said; nil while its files are gathered.
    var engineStarted: Instant?
    /// Iterations done, as last heard.
    var iteration: UInt32 = 0
    /// The checkpoint it went on from.
    var resume: Checkpoint?

    /// How far a lease has come.
    ///
    /// It ends from any phase by a report, a lapse, a revocation or its worker's restart.
    enum Phase: Hashable {
        /// The worker has not answered yet. Goes to: `running`.
        case offered
        /// The worker has it, or is presumed to after a restart of the coordinator. Goes to: `stopping`.
        case running
        /// Its job was paused: the worker stores a checkpoint and gives it back, and at the deadline it is taken.
        case stopping
    }
}
