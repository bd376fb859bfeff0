import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Glibc

/// A worker's line to the blob port: sends and fetches blobs from and to nowhere, on the calling thread.
final class BlobLine {
    private let wire: Wire
    private let session: SessionID
    private var transfer: UInt64 = 0

    init(
        to endpoint: String, as keys: CurveKeyPair, session: SessionID, server: PublicKey, in context: ZMQContext
    ) throws {
        wire = try Wire(to: endpoint, hearing: .blobs, as: keys, server: server, in: context)
        self.session = session
    }

    /// Waits until the coordinator answers, or `mayGoOn` says no: it is asked for a blob that nobody has.
    func waitUntilUp(while mayGoOn: () -> Bool = { true }) throws {
        transfer += 1
        guard let nothing = Digest([UInt8](repeating: 0, count: Digest.byteCount)) else {
            preconditionFailure("a digest has \(Digest.byteCount) octets")
        }
        try wire.send(.blob(.get(transfer: transfer, digest: nothing, offset: 0, credit: 1)), session: session)
        while mayGoOn(), try heard().isEmpty {}
    }

    /// Sends a blob and waits until it is stored, or `mayGoOn` says no.
    func put(_ content: BlobContent, _ digest: Digest, while mayGoOn: () -> Bool = { true }) throws {
        transfer += 1
        var sender = BlobSender(offering: digest, size: content.size, transfer: transfer)
        var effects = sender.start()[...]
        while mayGoOn() {
            while let effect = effects.popFirst() {
                switch effect {
                case .send(let message): try wire.send(.blob(message), session: session)
                case .read(let offset, let count): effects += sender.read(content.read(at: offset, count: count))
                case .end(.complete), .end(.alreadyThere): return
                case .end(.aborted(let reason, _)):
                    throw FarmBenchError("a blob was not taken: \(reason.rawValue)")
                case .write, .verify: preconditionFailure("a sender neither writes nor verifies")
                }
            }
            for message in try heard() { effects += sender.handle(message) }
        }
    }

    /// Fetches a blob and waits until its last octet is here, or `mayGoOn` says no; how many octets came.
    @discardableResult
    func get(_ digest: Digest, while mayGoOn: () -> Bool = { true }) throws -> Int64 {
        transfer += 1
        var receivers = BlobReceivers<Int>()
        let key = BlobReceivers<Int>.Key(peer: 0, transfer: transfer)
        var steps = receivers.begin(BlobReceiver(asking: digest, transfer: transfer, from: 0), from: 0)[...]
        var received: Int64 = 0
        while mayGoOn() {
            while let step = steps.popFirst() {
                switch step.effect {
                case .send(let message): try wire.send(.blob(message), session: session)
                case .write(let offset, let bytes):
                    received = offset + Int64(bytes.count)
                    steps += receivers.written(key, upTo: received)
                case .verify: steps += receivers.verified(key, true)
                case .end(.complete), .end(.alreadyThere): return received
                case .end(.aborted(let reason, _)):
                    throw FarmBenchError("a blob could not be fetched: \(reason.rawValue)")
                case .read: preconditionFailure("a receiver does not read")
                }
            }
            for message in try heard() { steps += receivers.handle(message, from: 0) }
        }
        return received
    }

    /// What has come of this transfer; waits a little if nothing has.
    private func heard() throws -> [BlobMessage] {
        var messages: [BlobMessage] = []
        while let frame = try wire.receive() {
            if case .blob(let message) = frame.body, message.transfer == transfer { messages.append(message) }
        }
        if messages.isEmpty {
            var item = pollfd(fd: wire.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&item, 1, CInt(BenchLimits.tickMilliseconds))
        }
        return messages
    }
}
