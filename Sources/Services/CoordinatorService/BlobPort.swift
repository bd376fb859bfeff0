import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Logging

/// The coordinator's end of the blob connections: stores what workers PUT, reads what they GET.
///
/// It has a thread of its own and may wait for the disk there; heartbeats travel elsewhere.
actor BlobPort {
    /// What a port deals with.
    enum Input: Sendable {
        case inbound(Inbound)
        /// Time to look after transfers that have gone quiet.
        case tick
    }

    private typealias Key = BlobReceivers<Route>.Key
    private typealias Step = BlobReceivers<Route>.Step

    private let loop: SocketLoop
    private let mailbox: Mailbox<Input>
    private let router: FrameRouter
    private let blobs: BlobStore
    private let logger: Logger
    private var receivers = BlobReceivers<Route>()
    private var senders: [Key: BlobSender] = [:]
    /// The session each peer speaks in; answers carry the same.
    private var sessions: [Route: SessionID] = [:]
    /// What each transfer that comes in is about.
    private var incoming: [Key: Digest] = [:]
    /// Ticks since something was heard of a transfer.
    private var quiet: [Key: Int] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(on loop: SocketLoop, mailbox: Mailbox<Input>, router: FrameRouter, blobs: BlobStore, logger: Logger) {
        self.loop = loop
        self.mailbox = mailbox
        self.router = router
        self.blobs = blobs
        self.logger = logger
    }

    /// Works until the mailbox is finished.
    func run() async {
        while true {
            let batch = await mailbox.next(upTo: Limits.batch)
            if batch.isEmpty { return }
            for input in batch {
                switch input {
                case .inbound(.frame(let frame, let route)):
                    guard case .blob(let message) = frame.body else { continue }
                    sessions[route] = frame.session
                    quiet[Key(peer: route, transfer: message.transfer)] = 0
                    await perform(steps(for: message, from: route))
                case .inbound(.broken(_, let route)): await drop(route)
                case .tick: await lookAfterQuietOnes()
                }
            }
        }
    }

    private func steps(for message: BlobMessage, from route: Route) -> [Step] {
        let key = Key(peer: route, transfer: message.transfer)
        switch message {
        case .put(let transfer, let digest, let size):
            if let stored = blobs.size(of: digest) {
                let answer: BlobMessage =
                    stored == size ? .have(transfer: transfer) : .abort(transfer: transfer, reason: .digest, have: 0)
                return [Step(key: key, effect: .send(answer))]
            }
            guard receivers.count < Limits.transfers else {
                return [Step(key: key, effect: .send(.abort(transfer: transfer, reason: .quota, have: 0)))]
            }
            // An upload beyond the size it should have is another's mistake: begin again.
            let have = blobs.partialSize(digest)
            let receiver = BlobReceiver(
                accepting: digest, size: size, transfer: transfer, from: have <= size ? have : 0)
            incoming[key] = digest
            return receivers.begin(receiver, from: route)
        case .get(let transfer, let digest, let offset, let credit):
            guard let size = blobs.size(of: digest) else {
                return [Step(key: key, effect: .send(.abort(transfer: transfer, reason: .unknown, have: 0)))]
            }
            guard senders[key] == nil, senders.count < Limits.transfers else { return [] }
            var sender = BlobSender(
                answering: digest, size: size, transfer: transfer, from: offset, credit: credit)
            let effects = sender.start()
            senders[key] = sender.isEnded ? nil : sender
            return effects.map { Step(key: key, effect: $0) }
        case .have, .go, .chunk, .credit, .putOK, .getEnd, .abort:
            if senders[key] != nil { return run(key) { $0.handle(message) } }
            return receivers.handle(message, from: route)
        }
    }

    private func run(_ key: Key, _ change: (inout BlobSender) -> [BlobEffect]) -> [Step] {
        guard var sender = senders[key] else { return [] }
        let effects = change(&sender)
        senders[key] = sender.isEnded ? nil : sender
        return effects.map { Step(key: key, effect: $0) }
    }

    private func perform(_ steps: [Step]) async {
        var waiting = steps[...]
        while let step = waiting.popFirst() {
            switch step.effect {
            case .send(let message):
                let session = sessions[step.key.peer] ?? .none
                if await router.send(.blob(message), to: step.key.peer, session: session) == .unreachable {
                    await drop(step.key.peer)
                }
            case .write(let offset, let bytes):
                waiting += write(step.key, offset, bytes)
            case .verify(let digest, let size):
                waiting += verify(step.key, digest, size)
            case .read(let offset, let count):
                waiting += read(step.key, offset, count)
            case .end(let outcome):
                quiet[step.key] = nil
                // A broken upload keeps its bytes, but no open file.
                if case .aborted = outcome, let digest = incoming[step.key] { blobs.suspendUpload(digest) }
                incoming[step.key] = nil
            }
        }
    }

    private func write(_ key: Key, _ offset: Int64, _ bytes: [UInt8]) -> [Step] {
        guard let digest = receivers[key]?.digest else { return [] }
        do {
            try blobs.append(digest, offset: offset, bytes: bytes)
            return receivers.written(key, upTo: offset + Int64(bytes.count))
        } catch {
            logger.error("cannot store a blob", metadata: ["error": "\(error)"])
            return receivers.failed(key, .storage)
        }
    }

    private func verify(_ key: Key, _ digest: Digest, _ size: Int64) -> [Step] {
        do {
            try blobs.finish(digest, size: size)
            return receivers.verified(key, true)
        } catch let error as StoreError where error.reason == .digestMismatch {
            logger.warning("a blob is not what its name says", metadata: ["digest": "\(digest)"])
            return receivers.verified(key, false)
        } catch {
            logger.error("cannot store a blob", metadata: ["error": "\(error)"])
            return receivers.failed(key, .storage)
        }
    }

    private func read(_ key: Key, _ offset: Int64, _ count: Int) -> [Step] {
        guard let digest = senders[key]?.digest else { return [] }
        do {
            let bytes = try blobs.read(digest, offset: offset, count: count)
            return run(key) { $0.read(bytes) }
        } catch {
            logger.error("cannot read a blob", metadata: ["error": "\(error)"])
            return run(key) { $0.failed() }
        }
    }

    private func drop(_ route: Route) async {
        sessions[route] = nil
        senders = senders.filter { $0.key.peer != route }
        await perform(receivers.drop(route))
        await router.forget(route)
    }

    /// Repeats the last word on transfers that are quiet, and ends those that stay so.
    private func lookAfterQuietOnes() async {
        for key in quiet.keys {
            let ticks = (quiet[key] ?? 0) + 1
            quiet[key] = ticks
            if ticks > Limits.quietTicks {
                quiet[key] = nil
                senders[key] = nil
                await perform(receivers.failed(key, .storage))
            } else if ticks > 1 {
                await perform(receivers.nudge(key) + run(key) { $0.nudge() })
            }
        }
        let live = Set(quiet.keys.map(\.peer))
        sessions = sessions.filter { live.contains($0.key) }
    }
}
