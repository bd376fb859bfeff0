import CZeroMQ
public import FarmProtocol

/// One part of a message in libzmq's own memory: what comes is read where it lies, and what goes is written where it is
/// sent from.
///
/// The octets of a blob are most of what a farm moves, and each copy of them costs a good part of what encrypting them
/// does.
///
/// Guarded by being of one use: one that came is only read from then on, by whoever refers to it; one that goes belongs to
/// the thread of its socket.
public final class MessagePart: @unchecked Sendable {
    let pointer = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)

    /// An empty one, to receive into.
    init() { zmq_msg_init(pointer) }

    /// Lays a frame out for sending; throws what `Frame.encoded()` does.
    public init(_ frame: Frame) throws(FrameError) {
        zmq_msg_init(pointer)
        let pieces = try frame.pieces()
        let status = zmq_msg_init_size(pointer, pieces.count)
        precondition(status == 0, "no memory for a message of \(pieces.count) octets")
        pieces.copy(to: UnsafeMutableRawBufferPointer(start: zmq_msg_data(pointer), count: pieces.count))
    }

    deinit {
        zmq_msg_close(pointer)
        pointer.deallocate()
    }

    /// Calls `body` with the octets, which are gone once the part was sent.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: zmq_msg_data(pointer), count: zmq_msg_size(pointer)))
    }

    /// A copy of the octets.
    var bytes: [UInt8] { withBytes { Array($0) } }
}
