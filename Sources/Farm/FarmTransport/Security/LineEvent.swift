import CZeroMQ

/// What libzmq tells of a connection underneath a socket.
public enum LineEvent: Hashable, Sendable {
    /// Shaken hands: frames may flow.
    case up
    /// An attempt to connect came to nothing; another one follows.
    case retrying
    /// There is no connection any more, or an attempt to make one ended.
    case down
    /// The other side does not admit our key; the status of RFC 27.
    case refused(status: Int)
    /// The other side broke the handshake off or breaks its rules: another mechanism, another key, another program.
    case handshakeFailed(code: Int)
    /// The connection was closed in the middle of the handshake.
    case closedInHandshake

    init?(event: UInt16, value: UInt32) {
        switch CInt(event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .up
        case ZMQ_EVENT_CONNECT_RETRIED: self = .retrying
        case ZMQ_EVENT_DISCONNECTED: self = .down
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .refused(status: Int(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: self = .handshakeFailed(code: Int(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: self = .closedInHandshake
        default: return nil
        }
    }

    /// In words, as the binding side sees it; nil for what needs no word.
    var complaint: String? {
        switch self {
        case .up, .retrying, .down, .refused: nil
        case .handshakeFailed(let code) where code == 0x1100_0001:
            "it knows another key of this coordinator: its access or join file is of another farm, or too old"
        case .handshakeFailed(let code) where code == 0x1100_0002:
            "it does not speak CURVE"
        case .handshakeFailed(let code): "it breaks the rules of the handshake (0x\(String(code, radix: 16)))"
        case .closedInHandshake: "it said nothing for too long, or hung up, before it had shown a key"
        }
    }
}

/// Why a line does not come up, for the side that connects: what happened and what to do.
public enum LineTrouble: Hashable, Sendable, CustomStringConvertible {
    /// The coordinator does not know our key, or does not know it any more.
    case notAdmitted
    /// Somebody is there, but not with the key that we expect.
    case wrongServer
    /// Nobody answers.
    case noAnswer

    /// One line.
    public var description: String {
        switch self {
        case .notAdmitted:
            "the coordinator does not admit this key here: it is not enrolled, was revoked, or is for another port; join again with a new join file, or ask for an access file"
        case .wrongServer:
            "whoever answers there does not have the key of the coordinator that we know: the address is wrong, or the farm was set up anew; take a new access or join file from the coordinator"
        case .noAnswer: "nobody answers there; is the coordinator running, and is its port reachable from here?"
        }
    }
}

/// Judges a connecting line from its events.
///
/// Only a handshake that breaks twice in a row tells: once may be a coordinator that is just being stopped. And only
/// attempts that come to nothing again and again tell that nobody is there.
struct LineDiagnosis {
    private var failures = 0
    private var attempts = 0

    /// Takes an event; what is wrong, if that is known now.
    mutating func hear(_ event: LineEvent) -> LineTrouble? {
        switch event {
        case .up:
            (failures, attempts) = (0, 0)
            return nil
        case .down: return nil
        case .retrying:
            attempts += 1
            // Every broken handshake is followed by another attempt as well.
            return attempts == TransportLimits.attemptsUntilNobodyAnswers && failures == 0 ? .noAnswer : nil
        case .refused: return .notAdmitted
        case .handshakeFailed: return .wrongServer
        case .closedInHandshake:
            failures += 1
            return failures >= 2 ? .wrongServer : nil
        }
    }
}
