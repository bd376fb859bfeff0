import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// One encrypted line to the coordinator: the real codec on a real socket, and nothing around them.
///
/// It belongs to one thread. Frames that cannot leave yet, because the connection is not up, follow in their order.
final class Wire {
    private let socket: Socket
    private let lane: Lane
    private var numbers = SequenceNumbers()
    private var waiting: [MessagePart] = []

    /// Begins to connect; `lane` is what the coordinator says here.
    init(
        to endpoint: String, hearing lane: Lane, as keys: CurveKeyPair, server: PublicKey, in context: ZMQContext
    ) throws {
        self.lane = lane
        let options = SocketOptions.standard(for: lane).secured(by: .client(keys, server: server))
        socket = try Socket(.dealer, in: context, options: options)
        try socket.connect(endpoint)
    }

    /// Readable whenever something may have happened to the socket.
    var descriptor: CInt { socket.descriptor }

    /// Sends a frame, or keeps it until it can leave; whoever sends has to `receive()` until nothing comes.
    func send(_ body: FrameBody, session: SessionID) throws {
        waiting.append(try MessagePart(Frame(session: session, sequence: numbers.next(in: session), body: body)))
        try flush()
    }

    /// The next frame; nil if none is there.
    func receive() throws -> Frame? {
        repeat {
            try flush()
            guard let part = try socket.receiveParts()?.parts.first else { continue }
            return try part.withBytes { bytes in
                Result { () throws(FrameError) in try Frame.decode(bytes, keptBy: part, on: lane) }
            }.get()
            // The connection may have come up, or a frame in, between the two.
        } while try socket.isReady(toSend: !waiting.isEmpty)
        return nil
    }

    private func flush() throws {
        guard !waiting.isEmpty else { return }
        var sent = 0
        while sent < waiting.count, try socket.send(waiting[sent]) == .sent { sent += 1 }
        waiting.removeFirst(sent)
    }
}
