import FarmModel
import FarmTransport

/// A sender and a receiver with a link between them that keeps the order but may lose messages.
///
/// Everything is driven by one seeded generator: which message arrives next, when a read or a write is done. When all
/// is quiet and the blob is not there, time has passed: both sides are nudged, and an aborted transfer starts anew.
struct BlobLink {
    typealias Receivers = BlobReceivers<Int>

    let content: [UInt8]
    /// What the receiver has of the blob, not yet verified.
    var partial: [UInt8] = []
    /// What the receiver has kept after verification.
    var stored: [UInt8]?
    private(set) var octetsSent = 0
    private(set) var transfers = 0

    private let lossPercent: Int
    private var generator: SplitMix64
    private var sender: BlobSender?
    private var receivers = Receivers()
    private var toReceiver: [BlobMessage] = []
    private var toSender: [BlobMessage] = []
    private var reads: [(offset: Int64, count: Int)] = []
    private var storage: [(key: Receivers.Key, effect: BlobEffect)] = []
    private var isSenderDone = false

    init(size: Int, seed: UInt64, lossPercent: Int = 0) {
        // A prime period, so that no two chunks are alike.
        let pattern = (0..<65_521).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
        var content: [UInt8] = []
        while content.count < size { content += pattern.prefix(size - content.count) }
        self.content = content
        generator = SplitMix64(seed: seed)
        self.lossPercent = lossPercent
    }

    private var size: Int64 { Int64(content.count) }

    mutating func runPut() throws {
        try run(isDone: { $0.isSenderDone && $0.stored != nil }) { link in
            guard link.sender == nil || link.sender?.isEnded == true else { return }
            link.transfers += 1
            var sender = BlobSender(offering: Sample.digest, size: link.size, transfer: UInt64(link.transfers))
            let effects = sender.start()
            link.sender = sender
            link.execute(effects)
        }
    }

    mutating func runGet() throws {
        try run(isDone: { $0.stored != nil }) { link in
            guard link.receivers.count == 0 else { return }
            link.transfers += 1
            let offset = Int64(link.partial.count)
            let receiver = BlobReceiver(asking: Sample.digest, transfer: UInt64(link.transfers), from: offset)
            link.execute(link.receivers.begin(receiver, from: 0))
        }
    }

    private mutating func run(isDone: (BlobLink) -> Bool, start: (inout BlobLink) -> Void) throws {
        // Far more than any of the transfers needs: running out means that nobody moves.
        for _ in 0..<200_000 {
            if isDone(self) { return }
            start(&self)
            step()
            receivers.checkInvariants()
        }
        throw Unexpected("no end after 200,000 steps: \(partial.count) of \(size) octets, \(transfers) transfers")
    }

    private mutating func step() {
        let possible = [!toReceiver.isEmpty, !toSender.isEmpty, !reads.isEmpty, !storage.isEmpty]
        switch possible.indices.filter({ possible[$0] }).randomElement(using: &generator) {
        case 0: deliverToReceiver(toReceiver.removeFirst())
        case 1: deliverToSender(toSender.removeFirst())
        case 2:
            let (offset, count) = reads.removeFirst()
            execute(sender?.read(Array(content[Int(offset)..<Int(offset) + count])) ?? [])
        case 3: store()
        default: nudge()
        }
    }

    private mutating func nudge() {
        execute(sender?.nudge() ?? [])
        execute(receivers.nudge(Receivers.Key(peer: 0, transfer: UInt64(transfers))))
    }

    private mutating func deliverToReceiver(_ message: BlobMessage) {
        switch message {
        case .put(let transfer, let digest, let size):
            if stored != nil { return send(.have(transfer: transfer), toSender: true) }
            let offset = min(size, Int64(partial.count))
            execute(
                receivers.begin(
                    BlobReceiver(accepting: digest, size: size, transfer: transfer, from: offset), from: 0))
        default: execute(receivers.handle(message, from: 0))
        }
    }

    private mutating func deliverToSender(_ message: BlobMessage) {
        if case .get(let transfer, let digest, let offset, let credit) = message {
            reads = []
            var answer = BlobSender(answering: digest, size: size, transfer: transfer, from: offset, credit: credit)
            let effects = answer.start()
            sender = answer
            return execute(effects)
        }
        guard sender?.transfer == message.transfer else { return }
        execute(sender?.handle(message) ?? [])
    }

    private mutating func store() {
        let (key, effect) = storage.removeFirst()
        switch effect {
        case .write(let offset, let bytes):
            partial.replaceSubrange(Int(offset)..., with: bytes.array)
            execute(receivers.written(key, upTo: Int64(partial.count)))
        case .verify:
            let matches = partial == content
            if matches { stored = partial } else { partial = [] }
            execute(receivers.verified(key, matches))
        case .send, .read, .end: break
        }
    }

    /// Effects of the sender.
    private mutating func execute(_ effects: [BlobEffect]) {
        for effect in effects {
            switch effect {
            case .send(let message): send(message, toSender: false)
            case .read(let offset, let count): reads.append((offset, count))
            case .end(let outcome):
                reads = []
                isSenderDone = outcome == .complete || outcome == .alreadyThere
            case .write, .verify: break
            }
        }
    }

    /// Effects of the receivers.
    private mutating func execute(_ steps: [Receivers.Step]) {
        for step in steps {
            switch step.effect {
            case .send(let message): send(message, toSender: true)
            case .write, .verify: storage.append((step.key, step.effect))
            // What was not written yet is sent again by the next transfer.
            case .end: storage.removeAll { $0.key == step.key }
            case .read: break
            }
        }
    }

    private mutating func send(_ message: BlobMessage, toSender: Bool) {
        if case .chunk(_, _, let bytes) = message { octetsSent += bytes.count }
        if Int.random(in: 0..<100, using: &generator) < lossPercent { return }
        if toSender { self.toSender.append(message) } else { toReceiver.append(message) }
    }
}
