import CZeroMQ
import Glibc

/// An error of libzmq or of a system call beneath it.
public struct ZMQError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number, as in errno.
    public let code: CInt
    /// What was tried, such as `bind tcp://127.0.0.1:5555`.
    public let operation: String

    init(code: CInt = zmq_errno(), _ operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The context is being shut down: sockets are to be closed.
    public var isTerminated: Bool { code == ETERM }
    /// Nothing to read, or no room to send, at the moment.
    var isAgain: Bool { code == EAGAIN }

    /// As in `bind tcp://127.0.0.1:5555: Address already in use`.
    public var description: String {
        let reason = zmq_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "\(operation): \(reason)"
    }
}
