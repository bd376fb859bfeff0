internal import DequeModule
internal import FarmCoordinator
internal import FarmModel

/// The coordinator's host: the process, which can die, and what it has not got round to; its disk is the ledger.
struct CoordinatorHost {
    /// What waits for the process.
    enum Input {
        case worker(WorkerMessage, SessionID, Route)
        case event(Coordinator.Event)
    }

    /// The running machine; nil while there is none.
    var machine: Coordinator?
    /// Number of the process.
    var life = 0
    /// What came while a commit went on.
    var inbox: Deque<Input> = []
    /// What waits for a commit.
    var pending: [Coordinator.Effect]?
    /// When a tick is wanted; the newest wish replaces earlier ones.
    var wake: Instant?
    /// Frames that the workers' sockets keep while nobody listens.
    var waiting: [Packet] = []
    /// Files it has.
    var blobs: Set<Digest> = []

    /// Ends the process without a word.
    mutating func crash() {
        machine = nil
        life += 1
        inbox = []
        pending = nil
        wake = nil
    }
}
