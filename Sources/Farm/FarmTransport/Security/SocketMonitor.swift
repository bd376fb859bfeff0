import CZeroMQ
import Glibc
import Synchronization

/// Listens to what libzmq tells of the connections of one socket.
///
/// It lives on the loop of the socket's owner and is closed before the socket.
struct SocketMonitor: ~Copyable {
    private static let count = Atomic<UInt64>(0)

    /// One thing that happened.
    struct Report {
        var event: LineEvent
        /// The descriptor of the connection, where the event has one.
        var descriptor: CInt?
        var isAccepted = false
    }

    private var handle: UnsafeMutableRawPointer?
    private let watched: UnsafeMutableRawPointer
    private let context: ZMQContext

    /// The socket to poll.
    var pollHandle: UnsafeMutableRawPointer? { handle }

    init(of socket: UnsafeMutableRawPointer, in context: ZMQContext) throws(ZMQError) {
        self.context = context
        watched = socket
        let number = SocketMonitor.count.add(1, ordering: .relaxed).newValue
        let endpoint = "inproc://atelier-monitor-\(number)"
        let events =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_ACCEPTED
            | ZMQ_EVENT_CONNECT_RETRIED
        guard zmq_socket_monitor(socket, endpoint, CInt(events)) == 0 else { throw ZMQError("monitor a socket") }
        guard let handle = zmq_socket(context.handle, ZMQ_PAIR) else { throw ZMQError("make a monitor") }
        var linger: CInt = 0
        zmq_setsockopt(handle, ZMQ_LINGER, &linger, MemoryLayout<CInt>.size)
        guard zmq_connect(handle, endpoint) == 0 else {
            let error = ZMQError("connect a monitor")
            zmq_close(handle)
            throw error
        }
        self.handle = handle
    }

    deinit { if let handle { zmq_close(handle) } }

    /// Ends the monitoring.
    mutating func close() {
        guard let handle else { return }
        zmq_socket_monitor(watched, nil, 0)
        zmq_close(handle)
        self.handle = nil
    }

    /// The next report without waiting; nil if there is none.
    func next() -> Report? {
        while true {
            guard let parts = receive() else { return nil }
            guard parts[0].count == 6 else { continue }
            let bytes = parts[0]
            // Native order, as libzmq writes it: 16 bits of event, 32 bits of value.
            let event = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
            let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self) }
            let descriptor = CInt(truncatingIfNeeded: value)
            if CInt(event) == ZMQ_EVENT_ACCEPTED {
                return Report(event: .down, descriptor: descriptor, isAccepted: true)
            }
            guard let line = LineEvent(event: event, value: value) else { continue }
            return Report(event: line, descriptor: CInt(event) == ZMQ_EVENT_DISCONNECTED ? descriptor : nil)
        }
    }

    private func receive() -> [[UInt8]]? {
        var parts: [[UInt8]] = []
        while true {
            var message = zmq_msg_t()
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            while zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) < 0 {
                guard zmq_errno() == EINTR else { return nil }
            }
            parts.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))))
            if zmq_msg_more(&message) == 0 { return parts }
        }
    }

    /// The address at the other end of a connection, while it lasts.
    static func peer(of descriptor: CInt) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(descriptor, $0, &length) == 0
                    && getnameinfo($0, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
            }
        }
        guard isKnown else { return nil }
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
