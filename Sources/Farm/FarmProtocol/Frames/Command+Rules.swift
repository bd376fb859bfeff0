import FarmModel

/// One direction of one port: says which commands may come and what they mean.
public enum Lane: String, Hashable, Sendable, CaseIterable {
    /// Worker to coordinator, control.
    case fromWorker
    /// Coordinator to worker, control.
    case toWorker
    /// Client to coordinator.
    case fromClient
    /// Coordinator to client.
    case toClient
    /// The blob connection, either way.
    case blobs
    /// Newcomer to coordinator, on the enrol port.
    case fromNewcomer
    /// Coordinator to newcomer.
    case toNewcomer

    /// Octets of the longest frame that may come this way; what `ZMQ_MAXMSGSIZE` is set to.
    public var frameLimit: Int {
        WireLimits.headerBytes + (Command.allCases.filter { $0.lanes.contains(self) }.map(\.bodyLimit).max() ?? 0)
    }
}

extension Command {
    /// Where the command may come; empty for those that have no body yet.
    public var lanes: Set<Lane> {
        switch self {
        case .hello, .inventory, .ready, .accept, .decline, .progress, .ping, .revoked, .result, .checkpoint,
            .returned:
            [.fromWorker]
        case .welcome, .reconcile, .offer, .pong, .revoke, .resultOK, .needBlobs, .checkpointOK: [.toWorker]
        case .bye, .drain: [.fromWorker, .toWorker]
        case .refuse: [.toWorker, .toClient, .toNewcomer]
        case .enrol: [.fromNewcomer]
        case .enrolled: [.toNewcomer]
        case .put, .have, .go, .chunk, .credit, .putOK, .get, .getEnd, .abort: [.blobs]
        case .open, .submit, .command, .workerCommand, .query: [.fromClient]
        case .opened, .submitted, .done, .reply: [.toClient]
        case .error: Set(Lane.allCases)
        case .log, .watch, .event, .gap: []
        }
    }

    /// Octets of the longest body.
    public var bodyLimit: Int {
        switch self {
        case .chunk: WireLimits.chunkBodyBytes
        case .submit, .reply: WireLimits.clientBodyBytes
        default: Limits.bodyBytes
        }
    }

    /// Whether senders set the flag IGN, by which a receiver that does not know the command skips it.
    public var isIgnorable: Bool { self == .progress || self == .log }

    /// What the header's session number must be.
    enum SessionRule {
        /// Before there is a session.
        case zero
        /// In a session.
        case nonzero
        /// Answers that may come before, in or after a session.
        case either
    }

    var sessionRule: SessionRule {
        switch self {
        case .hello, .open, .enrol: .zero
        case .welcome, .refuse, .opened, .error, .enrolled: .either
        default: .nonzero
        }
    }
}
