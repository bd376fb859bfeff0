import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Foundation
import Logging

/// The coordinator's end of the blob connections: stores what workers PUT, reads what they GET.
///
/// It has a thread of its own, which looks up what is there and leaves the octets to others: a `BlobWriter` writes what
/// comes in, a `BlobReader` reads what goes out. Heartbeats travel elsewhere.
actor BlobPort {
    /// What a port deals with.
    enum Input: Sendable {
        case inbound(Inbound)
        /// A comparison is over.
        case bell
        /// The writer has carried out an order.
        case stored(BlobWriter.Upload, BlobWriter.Outcome, octets: Int)
        /// The reader has carried out an order; no octets if it could not.
        case loaded(BlobReader.Order, [UInt8]?)
        /// Time to look after transfers that have gone quiet.
        case tick
        /// Time to go on with what goes out, or to try again those who took nothing.
        case turn(isRetry: Bool)
    }

    typealias Key = BlobReceivers<Route>.Key
    typealias Step = BlobReceivers<Route>.Step

    private let loop: SocketLoop
    let mailbox: Mailbox<Input>
    private let router: FrameRouter
    private let blobs: BlobStore
    private let owners: BlobOwners
    private let checker: BlobChecker
    private let writer: BlobWriter
    let reader: BlobReader
    private let logger: Logger
    private var receivers = BlobReceivers<Route>(
        window: TransportLimits.offerWindow, perPeer: TransportLimits.offerWindow)
    var senders = BlobSenders<Route>(limit: Limits.transfers)
    var reads = PendingReads()
    /// The transfer that was the first to fetch a blob.
    var firstFetches: [Digest: Key] = [:]
    /// Whether a turn of what goes out is on its way through the mailbox.
    var isTurnComing = false
    var isRetryComing = false
    /// The session each peer speaks in, which answers carry as well, and the ticks since it was heard of.
    private var sessions: [Route: (session: SessionID, ticks: Int)] = [:]
    /// The transfers that come in.
    private var incoming: [Key: IncomingUpload] = [:]
    /// The transfer that each upload belongs to.
    private var keys: [UInt64: Key] = [:]
    /// Octets that wait for the writer, those of transfers that have ended included.
    private var unwritten: Int64 = 0
    /// Uploads so far.
    private var uploads: UInt64 = 0
    /// Blobs whose content is being compared with their name.
    private var checking: Set<Digest> = []
    /// What receivers may say of what was sent to them.
    var complaints = BlobComplaints()
    private var disk = DiskRoom()
    /// Whether credit is withheld.
    private var isHolding = false
    /// The session of clients, which are told of a full disk at once.
    private let clients: SessionID
    /// Comparisons that are over, and the messages that asked for them, which are heard again.
    private var checked: [(message: BlobMessage, route: Route, verdict: BlobChecker.Verdict)] = []
    /// Ticks since something was heard of a transfer.
    var quiet: [Key: Int] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        on loop: SocketLoop, mailbox: Mailbox<Input>, router: FrameRouter, blobs: BlobStore, owners: BlobOwners,
        checker: BlobChecker, writer: BlobWriter, reader: BlobReader, clients: SessionID, logger: Logger
    ) {
        self.loop = loop
        self.mailbox = mailbox
        self.router = router
        self.blobs = blobs
        self.owners = owners
        self.checker = checker
        self.writer = writer
        self.reader = reader
        self.clients = clients
        self.logger = logger
    }

    /// Works until the mailbox is finished.
    func run() async {
        await mailbox.drain(on: loop, upTo: Limits.batch) { [self] batch in assumeIsolated { $0.take(batch) } }
        keys.keys.sorted().compactMap { keys[$0] }.forEach { writeGathered($0) }
    }

    private func take(_ batch: [Input]) {
        for input in batch {
            switch input {
            case .inbound(.frame(let frame, let route)):
                guard case .blob(let message) = frame.body else { continue }
                if case .put = message { disk.look(at: blobs, logger) }
                holdIfDiskFallsBehind()
                sessions[route] = (frame.session, 0)
                perform(steps(for: message, from: route))
                note(Key(peer: route, transfer: message.transfer))
            case .inbound(.broken(_, let route)):
                perform(drop(route))
                holdIfDiskFallsBehind()
            case .bell: hearAgain()
            case .stored(let upload, let outcome, let octets):
                unwritten -= Int64(octets)
                disk.look(at: blobs, logger)
                holdIfDiskFallsBehind()
                perform(steps(for: outcome, of: upload))
                if let key = keys[upload.number] { writeIfDue(key) }
            case .loaded(let order, let bytes): heard(of: order, bytes)
            case .tick:
                disk.look(at: blobs, logger)
                holdIfDiskFallsBehind()
                lookAfterQuietOnes()
            case .turn(let isRetry): takeTurn(isRetry: isRetry)
            }
        }
    }

    /// Hears what had to wait for a comparison once more.
    private func hearAgain() {
        while let (message, route, verdict) = checked.popLast() {
            let key = Key(peer: route, transfer: message.transfer)
            switch verdict {
            case .sound, .lost:
                perform(steps(for: message, from: route))
                note(key)
            case .unknown:
                perform([Step(key: key, effect: .send(.abort(transfer: key.transfer, reason: .storage, have: 0)))])
            }
        }
    }

    /// Something was heard of a transfer: remembered only of those under way, since a peer may invent any number.
    func note(_ key: Key) {
        if receivers[key] != nil || senders[key] != nil { quiet[key] = 0 }
    }

    private func steps(for message: BlobMessage, from route: Route) -> [Step] {
        let key = Key(peer: route, transfer: message.transfer)
        func abort(_ reason: AbortReason, have: Int64 = 0) -> [Step] {
            [Step(key: key, effect: .send(.abort(transfer: key.transfer, reason: reason, have: have)))]
        }
        switch message {
        case .put(let transfer, let digest, let size):
            // One number is one transfer, whichever way it goes.
            guard senders[key] == nil else { return abort(.unknown) }
            if let stored = blobs.size(of: digest) {
                blobs.touch(digest)
                guard blobs.isKnownSound(digest) else {
                    check(digest, then: message, from: route)
                    return [Step(key: key, effect: .send(.credit(transfer: transfer, total: 0)))]
                }
                return stored == size ? [Step(key: key, effect: .send(.have(transfer: transfer)))] : abort(.digest)
            }
            if let reason = refusal(of: size, in: sessions[route]?.session) { return abort(reason) }
            // An upload beyond the size it should have is an earlier mistake: begin again.
            let owner = owners.owner(at: route)
            let have = blobs.partialSize(digest, by: owner)
            let receiver = BlobReceiver(
                accepting: digest, size: size, transfer: transfer, from: have <= size ? have : 0)
            let steps = receivers.begin(receiver, from: route)
            // A number that is in use for another blob ends that transfer, and the new one is not begun.
            if receivers[key]?.digest == digest, incoming[key] == nil { note(key, digest, by: owner) }
            return steps
        case .get(let transfer, let digest, let offset, let credit):
            guard receivers[key] == nil else { return abort(.unknown) }
            guard let size = blobs.size(of: digest) else {
                // Whoever asks was told that it is here.
                if complaints.misses(digest) { look(at: digest) }
                return abort(.unknown)
            }
            let sender = BlobSender(
                answering: digest, size: size, transfer: transfer, from: offset, credit: credit,
                readBytes: Limits.readBytes)
            switch senders.begin(sender, for: route) {
            case .begun:
                blobs.touch(digest)
                complaints.begins(digest, in: key)
                noteFetch(digest, key)
                bringTurn()
            case .ignored: break
            case .tooMany: return abort(.quota, have: offset)
            }
            return []
        case .have, .go, .chunk, .credit, .putOK, .getEnd, .abort:
            if case .abort(_, .digest, _) = message, let digest = complaints.heard(of: key) { doubt(digest) }
            if senders[key] != nil {
                senders.handle(message, of: key)
                bringTurn()
                return []
            }
            return receivers.handle(message, from: route)
        }
    }

    /// A transfer that comes in has begun.
    private func note(_ key: Key, _ digest: Digest, by owner: Digest?) {
        uploads += 1
        incoming[key] = IncomingUpload(BlobWriter.Upload(number: uploads, digest: digest, owner: owner))
        keys[uploads] = key
    }

    /// What follows when an order was carried out; nothing if its transfer has ended meanwhile.
    private func steps(for outcome: BlobWriter.Outcome, of upload: BlobWriter.Upload) -> [Step] {
        guard let key = keys[upload.number] else { return [] }
        incoming[key]?.pending -= 1
        switch outcome {
        case .written(let total): return receivers.written(key, upTo: total)
        case .finished(let isSound): return receivers.verified(key, isSound)
        case .failed:
            incoming[key]?.discard()
            return receivers.failed(key, .storage)
        }
    }

    /// Why a blob of so many octets may not come in now; nil if it may, sooner or later.
    private func refusal(of size: Int64, in session: SessionID?) -> AbortReason? {
        guard receivers.count < Limits.transfers else { return .quota }
        // A person is to hear of it; a worker has nothing better to do than to wait.
        if disk.isLow, session == clients { return .storage }
        return blobs.hasRoom(for: size) ? nil : .quota
    }

    /// Withholds credit while the disk is nearly full; and while so much waits for it as may be under way, which only
    /// transfers that ended before they were written can bring about.
    private func holdIfDiskFallsBehind() {
        let mustHold = disk.isLow || unwritten >= TransportLimits.receiveBudget
        guard mustHold != isHolding else { return }
        isHolding = mustHold
        perform(receivers.hold(mustHold))
    }

    /// Compares a stored blob with its name before somebody is told that it is here, and hears his offer again afterwards.
    ///
    /// Meanwhile he is given a credit of nothing: a sign of life. Who is not heard again repeats himself.
    private func check(_ digest: Digest, then message: BlobMessage, from route: Route) {
        guard checking.count < Limits.transfers, checking.insert(digest).inserted else { return }
        Task {
            let verdict = await checker.compare(digest)
            checking.remove(digest)
            checked.append((message, route, verdict))
            mailbox.append(.bell)
        }
    }

    /// Compares a stored blob with its name because somebody who got it found something else.
    ///
    /// If it is damaged, it is moved aside and is missing from then on, as after a restart.
    private func doubt(_ digest: Digest) {
        logger.warning("a receiver says that a blob is not what its name says", metadata: ["digest": "\(digest)"])
        blobs.doubt(digest)
        look(at: digest)
    }

    /// Compares a blob with its name; if it is damaged or not there, whoever needs it hears of that.
    private func look(at digest: Digest) {
        guard checking.count < Limits.transfers, checking.insert(digest).inserted else { return }
        Task {
            _ = await checker.compare(digest)
            checking.remove(digest)
        }
    }

    func send(_ message: BlobMessage, to route: Route) -> SendOutcome {
        let session = sessions[route]?.session ?? .none
        // It lives on the same thread.
        return router.assumeIsolated { $0.send(.blob(message), to: route, session: session) }
    }

    func perform(_ steps: [Step]) {
        var waiting = steps[...]
        while let step = waiting.popFirst() {
            switch step.effect {
            case .send(let message):
                // A lost word to a sender is said again when it has been quiet for a while.
                if send(message, to: step.key.peer) == .unreachable { waiting += drop(step.key.peer) }
            case .write(let offset, let bytes):
                incoming[step.key]?.gather(bytes, at: offset)
                writeIfDue(step.key)
            case .verify(_, let size):
                guard let upload = incoming[step.key]?.upload else { continue }
                incoming[step.key]?.pending += 1
                writer.order(.finish(upload, size: size))
            case .read: preconditionFailure("a receiver does not read")
            case .end(let outcome):
                quiet[step.key] = nil
                writeGathered(step.key)
                guard let upload = incoming.removeValue(forKey: step.key)?.upload else { continue }
                keys[upload.number] = nil
                // A broken upload keeps its bytes, but no open file.
                if case .aborted = outcome { writer.order(.suspend(upload)) }
            }
        }
    }

    /// Has the writer write what has gathered of a transfer, if that is enough, or if no more comes before something is
    /// written: who may send less than a run before he hears from us has to hear from us.
    private func writeIfDue(_ key: Key) {
        guard let upload = incoming[key] else { return }
        let isShort = receivers[key]?.expected ?? 0 < Int64(Limits.runBytes)
        if upload.isFull || (isShort && upload.pending == 0) { writeGathered(key) }
    }

    /// Has the writer write what has gathered of a transfer.
    private func writeGathered(_ key: Key) {
        guard let octets = incoming[key]?.gathered, octets > 0, let order = incoming[key]?.order() else { return }
        incoming[key]?.pending += 1
        unwritten += Int64(octets)
        writer.order(order)
    }

    /// Forgets a peer that is gone; what follows from it for others.
    func drop(_ route: Route) -> [Step] {
        sessions[route] = nil
        owners.forget(route)
        senders.drop(route)
        reads.drop(route)
        complaints.drop(route)
        quiet = quiet.filter { $0.key.peer != route }
        bringTurn()
        router.assumeIsolated { $0.forget(route) }
        return receivers.drop(route)
    }

    /// Repeats the last word on transfers that are quiet, ends those that stay so, and forgets peers without any.
    private func lookAfterQuietOnes() {
        complaints.tick()
        // Who waits for our disk is not to blame.
        for key in quiet.keys where incoming[key]?.pending ?? 0 == 0 && !reads.isAwaited(by: key) {
            // A word to another transfer may have shown that the peer is gone.
            guard let before = quiet[key] else { continue }
            let ticks = before + 1
            quiet[key] = ticks
            if ticks > (senders[key] == nil ? Limits.quietTicks : Limits.quietSenderTicks) {
                quiet[key] = nil
                senders.drop(key)
                reads.drop(key)
                complaints.ends(key, isWhole: false)
                bringTurn()
                perform(receivers.failed(key, .storage))
            } else if ticks > 1 {
                perform(receivers.nudge(key))
            }
        }
        let live = Set(quiet.keys.map(\.peer))
        for (route, peer) in sessions {
            let isOver = !live.contains(route) && peer.ticks >= Limits.quietTicks
            sessions[route] = isOver ? nil : (peer.session, peer.ticks + 1)
            if isOver { owners.forget(route) }
        }
    }
}
