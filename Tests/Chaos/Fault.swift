/// What is done to a farm that runs.
enum Fault: String, CaseIterable, Sendable {
    // MARK: - Kills
    /// SIGKILL of a worker; it comes back under its name and on its folder.
    case workerKilled = "worker killed"
    /// SIGKILL of a worker; its folder comes back under another name.
    case workerRenamed = "worker killed, back under another name"
    /// SIGKILL of a worker; its node is replaced by an empty one and comes back much later.
    case workerReplaced = "worker killed, its node replaced"
    /// A worker is killed at a named place of its code.
    case workerFailPoint = "worker killed at a fail point"
    /// SIGKILL of an engine.
    case engineKilled = "engine killed"
    /// An engine ends by a signal of its own making.
    case engineCrashed = "engine crashed"
    /// SIGKILL of the coordinator.
    case coordinatorKilled = "coordinator killed"
    /// The coordinator is killed at a named place of its code.
    case coordinatorFailPoint = "coordinator killed at a fail point"

    // MARK: - Ends in order
    /// SIGTERM of a worker: it drains and leaves.
    case workerTerminated = "worker told to stop"
    /// SIGTERM of the coordinator.
    case coordinatorTerminated = "coordinator told to stop"

    // MARK: - Stops
    /// SIGSTOP of a worker for a moment.
    case workerStopped = "worker stopped for a moment"
    /// SIGSTOP of a worker for longer than its leases, while its engine goes on.
    case workerAway = "worker away beyond its leases"
    /// SIGSTOP of an engine for a while.
    case engineStopped = "engine stopped for a while"
    /// SIGSTOP of the coordinator for longer than a worker waits for a sign of life.
    case coordinatorStopped = "coordinator stopped for a while"

    // MARK: - The network
    /// Connections are reset.
    case connectionsDropped = "connections dropped"
    /// Connections are closed in one direction.
    case connectionsHalfClosed = "connections half closed"
    /// Connections stand still in one direction.
    case connectionsStalled = "connections stalled"
    /// Everything on some connections comes late.
    case connectionsDelayed = "connections delayed"
    /// All connections stand still in both directions.
    case networkSplit = "network split"

    // MARK: - Disks
    /// The volume of the coordinator's state and outputs is full for some seconds.
    case coordinatorDiskFull = "coordinator's disk full"
    /// The volume of a worker's state is full for some seconds.
    case workerDiskFull = "worker's disk full"

    // MARK: - Clients
    /// A job is cancelled.
    case jobCancelled = "job cancelled"
    /// A job is paused and goes on later.
    case jobPaused = "job paused"
    /// A worker is drained by command and used again later.
    case workerDrained = "worker drained by command"

    /// Whether it ends a process by force.
    var isKill: Bool { weightAmongKills > 0 }

    /// How likely it is among the kills.
    var weightAmongKills: Double {
        switch self {
        case .workerKilled: 6
        case .workerRenamed: 1.5
        case .workerReplaced: 1
        case .workerFailPoint: 3
        case .engineKilled: 5
        case .engineCrashed: 1
        case .coordinatorKilled: 3
        case .coordinatorFailPoint: 3
        default: 0
        }
    }

    /// How likely it is among everything else.
    var weightAmongOthers: Double {
        switch self {
        case .workerTerminated: 2
        case .coordinatorTerminated: 1
        case .workerStopped: 2
        case .workerAway: 1.5
        case .engineStopped: 2
        case .coordinatorStopped: 1
        case .connectionsDropped: 2
        case .connectionsHalfClosed: 2
        case .connectionsStalled: 2
        case .connectionsDelayed: 2
        case .networkSplit: 1
        case .coordinatorDiskFull: 1
        case .workerDiskFull: 1
        case .jobCancelled: 1
        case .jobPaused: 1.5
        case .workerDrained: 1
        default: 0
        }
    }
}
