internal import DequeModule
public import FarmModel
internal import OrderedCollections

/// The farm's one place of decision: which worker executes which task, and what counts as its result.
///
/// It is a pure state machine. Everything that happens comes in through ``handle(_:at:wall:)`` together with its
/// instant; everything that is to be done comes out as effects. What must survive a crash is in the `.persist`
/// effects alone: a coordinator made from the folded records goes on where the other stopped.
///
/// The life of a task: it waits for its step's dependencies, is ready, is offered under a new attempt number, runs
/// under a lease that pings renew, and ends well, badly or cancelled. Execution is at least once; the record is exactly
/// once, because the first result of any attempt ends the task and every later one is told so.
public struct Coordinator: Sendable {
    let configuration: Configuration
    /// How often a coordinator has started on this state.
    let epoch: UInt64

    /// All jobs by number.
    var jobs: OrderedDictionary<JobID, Job> = [:]
    /// Jobs by the client's key.
    var jobByKey: [Digest: JobID] = [:]
    /// Jobs by name.
    var jobByName: [String: JobID] = [:]
    /// Steps that may have ready tasks.
    var queue = ReadyQueue()
    /// What each submitter has had.
    var share = FairShare()
    /// Chains whose next task is kept for a worker.
    var reservations: OrderedSet<StepKey> = []

    /// Workers that have a session or a lease.
    var workers: [WorkerID: Worker] = [:]
    /// The worker of each live session.
    var workerBySession: [SessionID: WorkerID] = [:]
    /// The session last heard from at each address.
    var sessionByRoute: [Route: SessionID] = [:]
    /// Sessions with credit, the next to be given work first; ended ones fall away when their turn comes.
    var rotation: Deque<SessionID> = []
    /// Sessions with credit that nothing ready fits, until something changes.
    var parked: Deque<SessionID> = []
    /// Whether something has changed for the better for a parked worker.
    var isWorkNew = false
    /// Whether the last choice left something out that another worker of the same profile could be given.
    var isChoicePersonal = false
    /// Workers that are given nothing until they are resumed.
    var drains: OrderedDictionary<WorkerID, Drain> = [:]
    /// Workers that failed a job too often.
    var blockList = BlockList()

    /// The lease of each task that is offered or running.
    var leases: [TaskID: ActiveLease] = [:]
    /// Attempts that a backup has overtaken: they run on without a lease, and their result would be welcome.
    var overtaken: OrderedDictionary<TaskID, Lease> = [:]
    /// Tasks whose attempt takes so long that a second one is wanted.
    var stragglers: OrderedSet<TaskID> = []
    /// When to look at what.
    var timers = Timers()

    /// A bug put in on purpose; nil unless a simulation looks for it.
    package var sabotage: Sabotage?

    /// Sessions opened since the start.
    private var sessionCount: UInt64 = 0
    /// The newest instant heard of: time never falls in here.
    private(set) var latest: Instant
    /// The wake that was last asked for and has not come yet.
    private var expectedWake: Instant?

    /// Makes a coordinator that goes on from a snapshot.
    ///
    /// Attempts that had not ended keep their lease for one more lease and margin, so that their workers can come back
    /// and be recognised; only then are the tasks given out again.
    ///
    /// - Parameters:
    ///   - configuration: Timers and budgets.
    ///   - snapshot: What was committed, and how often a coordinator has started on it.
    ///   - now: The present.
    public init(configuration: Configuration, recovering snapshot: Snapshot, at now: Instant) {
        self.configuration = configuration
        epoch = snapshot.epoch
        latest = now
        recover(snapshot, at: now)
    }

    /// Takes in one event; returns what is to be done about it, in order.
    ///
    /// Total: any event is legal in any state, whatever its age and however often it comes.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: When, on the clock of this process; an instant before an earlier one counts as that one.
    ///   - wall: The same on the calendar, for records only.
    /// - Returns: Effects, to be executed in order; everything after `.persist` waits for its commit.
    public mutating func handle(_ event: Event, at now: Instant, wall: WallTime) -> [Effect] {
        latest = max(latest, now)
        var turn = Turn(now: latest, wall: wall)
        switch event {
        case .workerSaid(let message, let session, let route, let missingBlobs):
            workerSaid(message, session: session, route: route, missingBlobs: missingBlobs, &turn)
        case .clientSaid(let message, let route):
            clientSaid(message, route: route, &turn)
        case .unreachable(let route):
            unreachable(route, &turn)
        case .formerWorkersEnded:
            for lease in leases.values.sorted(by: { $0.lease.attempt < $1.lease.attempt }) {
                giveBack(lease, "the farm was stopped", &turn)
            }
        case .checkpointLost(let task, let digest):
            dropCheckpoint(digest, of: task, &turn)
        case .tick:
            fireTimers(&turn)
        }
        schedule(&turn)
        askForWake(&turn)
        return turn.finished()
    }

    /// The number of the next session: larger than any before, also than those of earlier starts.
    mutating func nextSessionID() -> SessionID {
        sessionCount += 1
        return SessionID(epoch << 32 | sessionCount)
    }

    /// Looks at everything that is due.
    private mutating func fireTimers(_ turn: inout Turn) {
        while let entry = timers.popDue(at: turn.now) {
            switch entry.subject {
            case .lease(let attempt): leaseDue(attempt, entry.at, &turn)
            case .session(let session): sessionDue(session, &turn)
            case .rest(let task):
                if jobs[task.job]?.wake(task.index, at: turn.now) == true { enqueueStep(of: task) }
            case .workerRest(let session): restDue(session, turn.now)
            case .straggler(let attempt): stragglerDue(attempt, &turn)
            case .reservation(let key): reservationDue(key, turn.now)
            case .forgiveness(let worker, let job): forgivenessDue(worker, job, &turn)
            }
        }
    }

    /// Asks for a tick at the earliest timer unless that was done already.
    private mutating func askForWake(_ turn: inout Turn) {
        if let expected = expectedWake, expected <= turn.now { expectedWake = nil }
        guard let earliest = timers.earliest, earliest != expectedWake else { return }
        expectedWake = earliest
        turn.add(.wake(at: earliest))
    }
}
