import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging

/// The coordinator's end of the blob connections: stores what workers PUT, reads what they GET.
///
/// It has a thread of its own and may wait for the disk there; heartbeats travel elsewhere.
actor BlobPort {
    /// What a port deals with.
    enum Input: Sendable {
        case inbound(Inbound)
        /// The content of a blob was compared with its name; the message that asked for it is heard again.
        ///
        /// Without an answer the disk did not even let us look.
        case checked(Digest, BlobMessage, Route, isAnswered: Bool)
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
    /// Told of blobs that are damaged or gone.
    private let onLoss: @Sendable (Digest) -> Void
    private var receivers = BlobReceivers<Route>()
    private var senders: [Key: BlobSender] = [:]
    /// The session each peer speaks in; answers carry the same.
    private var sessions: [Route: SessionID] = [:]
    /// What each transfer that comes in is about.
    private var incoming: [Key: Digest] = [:]
    /// Blobs whose content is being compared with their name.
    private var checking: Set<Digest> = []
    /// Ticks since something was heard of a transfer.
    private var quiet: [Key: Int] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        on loop: SocketLoop, mailbox: Mailbox<Input>, router: FrameRouter, blobs: BlobStore, logger: Logger,
        onLoss: @escaping @Sendable (Digest) -> Void = { _ in }
    ) {
        self.onLoss = onLoss
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
                case .checked(let digest, let message, let route, let isAnswered):
                    checking.remove(digest)
                    guard isAnswered else {
                        let abort = BlobMessage.abort(transfer: message.transfer, reason: .storage, have: 0)
                        let key = Key(peer: route, transfer: message.transfer)
                        await perform([Step(key: key, effect: .send(abort))])
                        continue
                    }
                    await perform(steps(for: message, from: route))
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
                blobs.touch(digest)
                guard blobs.isKnownSound(digest) else {
                    check(digest, then: message, from: route)
                    return []
                }
                let answer: BlobMessage =
                    stored == size ? .have(transfer: transfer) : .abort(transfer: transfer, reason: .digest, have: 0)
                return [Step(key: key, effect: .send(answer))]
            }
            if let reason = refusal(of: size) {
                return [Step(key: key, effect: .send(.abort(transfer: transfer, reason: reason, have: 0)))]
            }
            // An upload beyond the size it should have is another's mistake: begin again.
            let have = blobs.partialSize(digest)
            let receiver = BlobReceiver(
                accepting: digest, size: size, transfer: transfer, from: have <= size ? have : 0)
            incoming[key] = digest
            return receivers.begin(receiver, from: route)
        case .get(let transfer, let digest, let offset, let credit):
            guard let size = blobs.size(of: digest) else {
                onLoss(digest)
                return [Step(key: key, effect: .send(.abort(transfer: transfer, reason: .unknown, have: 0)))]
            }
            guard senders[key] == nil, senders.count < Limits.transfers else { return [] }
            blobs.touch(digest)
            var sender = BlobSender(
                answering: digest, size: size, transfer: transfer, from: offset, credit: credit)
            let effects = sender.start()
            senders[key] = sender.isEnded ? nil : sender
            return effects.map { Step(key: key, effect: $0) }
        case .have, .go, .chunk, .credit, .putOK, .getEnd, .abort:
            if let sender = senders[key] {
                // Whoever got something else than he asked for may have been given what the disk made of it.
                if case .abort(_, .digest, _) = message { check(sender.digest, then: message, from: route) }
                return run(key) { $0.handle(message) }
            }
            return receivers.handle(message, from: route)
        }
    }

    /// Why a blob of so many octets may not come in now; nil if it may.
    private func refusal(of size: Int64) -> AbortReason? {
        guard receivers.count < Limits.transfers else { return .quota }
        guard let space = try? blobs.space(), !space.isLow else { return .storage }
        return blobs.hasRoom(for: size) ? nil : .quota
    }

    /// Compares a stored blob with its name, on a thread of its own, and hears a message again afterwards.
    ///
    /// Nothing is answered meanwhile: who waits repeats himself.
    private func check(_ digest: Digest, then message: BlobMessage, from route: Route) {
        guard checking.insert(digest).inserted else { return }
        let (blobs, logger, mailbox, onLoss) = (blobs, logger, mailbox, onLoss)
        Thread.detachNewThread {
            var isAnswered = true
            do {
                if try !blobs.checkSoundness(digest) {
                    logger.error("a stored blob was damaged; it has to be sent anew", metadata: ["digest": "\(digest)"])
                    onLoss(digest)
                }
            } catch {
                isAnswered = false
                logger.error("cannot check a blob", metadata: ["digest": "\(digest)", "error": "\(error)"])
            }
            let input = Input.checked(digest, message, route, isAnswered: isAnswered)
            // A full mailbox empties soon; a finished one never takes it.
            for _ in 0..<Limits.checkTries {
                if mailbox.offer(input) { return }
                Thread.sleep(forTimeInterval: Limits.checkPause)
            }
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
