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
    /// Free slots as last declared, less the offers it took since; stays at 0 until the worker is active.
    var free: UInt32 = 0
    /// Whether it stands in the rotation of workers with credit.
    var isInRotation = false
    /// Whether the watcher was told that this worker joined.
    var isAnnounced: Bool
    /// How the worker leaves, if it said so.
    var leaving: DrainMode?

    /// How far a dialogue has come.
    ///
    /// It ends from either phase by BYE, by silence or by a newer session.
    enum Phase {
        /// Its inventory is coming, page by page. Goes to: `active`.
        case reconciling(Inventory)
        /// It may be given work.
        case active
    }

    /// What a worker has listed so far.
    struct Inventory {
        var held: [TaskAttempt] = []
        var outbox: [TaskAttempt] = []
    }
}

/// A worker as long as it has a session or a lease.
struct Worker {
    let id: WorkerID
    /// The one live session.
    var session: Session?
    /// Tasks whose lease it has; leases outlive sessions.
    var held: OrderedSet<TaskID> = []
}

/// The permission to execute a task, as long as it lasts.
struct ActiveLease {
    let lease: Lease
    var phase: Phase
    /// When it lapses.
    var deadline: Instant
    /// When its entry in the timers is due; no later than the deadline.
    var timer: Instant

    /// How far a lease has come.
    ///
    /// It ends from either phase by a report, a lapse, a revocation or its worker's restart.
    enum Phase: Hashable {
        /// The worker has not answered yet. Goes to: `running`.
        case offered
        /// The worker has it, or is presumed to after a restart of the coordinator.
        case running
    }
}
