public import FarmModel

/// The sending side of one transfer: it offers a blob with PUT, or answers a GET.
///
/// A pure machine: events in, effects out. One read is under way at a time, so a sender holds no more in memory than what
/// it reads in one go. It never sends beyond the receiver's credit.
public struct BlobSender: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        /// PUT is said; next comes HAVE, GO or ABORT.
        case offered
        /// Chunks flow; next is `delivered` for a PUT, `ended` for a GET.
        case sending
        /// All was sent; PUT-OK, HAVE or ABORT decides, or GO goes back to an earlier offset.
        case delivered
        case ended
    }

    private enum Role: Hashable, Sendable {
        case put
        case get
    }

    /// The number of the transfer.
    public let transfer: UInt64
    /// Which blob.
    public let digest: Digest
    /// Size of the whole.
    public let size: Int64
    private let role: Role
    let readBytes: Int
    private var state: State
    private var origin: Int64
    private var next: Int64
    private var credit: Int64
    private var firstWindow: Int64
    private var isReading = false

    /// Makes a sender that offers a blob, and reads it chunk by chunk.
    public init(offering digest: Digest, size: Int64, transfer: UInt64) {
        precondition((0...Limits.blobBytes).contains(size), "a blob of \(size) octets")
        self.init(transfer, digest, size, .put, next: 0, credit: 0, readBytes: Limits.chunkBytes)
    }

    /// Makes a sender that answers a GET with a blob of this size; it reads up to `readBytes` octets in one go.
    public init(
        answering digest: Digest, size: Int64, transfer: UInt64, from offset: Int64, credit: Int64,
        readBytes: Int = Limits.chunkBytes
    ) {
        precondition(readBytes > 0, "reads of \(readBytes) octets")
        precondition((0...Limits.blobBytes).contains(size), "a blob of \(size) octets")
        self.init(transfer, digest, size, .get, next: offset, credit: credit, readBytes: readBytes)
    }

    private init(
        _ transfer: UInt64, _ digest: Digest, _ size: Int64, _ role: Role, next: Int64, credit: Int64, readBytes: Int
    ) {
        self.transfer = transfer
        self.digest = digest
        self.size = size
        self.role = role
        self.readBytes = readBytes
        origin = next
        self.next = next
        self.credit = credit
        firstWindow = credit - next
        state = role == .put ? .offered : .sending
    }

    /// Whether it is over.
    public var isEnded: Bool { state == .ended }

    /// Octets that are under way: sent, and not known to be written by the other side.
    ///
    /// It is an estimate: a receiver grants as much again as it has written.
    public var outstanding: Int64 { max(0, next - max(origin, credit - firstWindow)) }

    /// The first effects.
    public mutating func start() -> [BlobEffect] {
        switch role {
        case .put: return [.send(offer)]
        case .get:
            guard next <= size else { return abort(.gap, have: size) }
            return isTooMuch(credit) ? abort(.credit, have: next) : proceed()
        }
    }

    /// The peer said something about this transfer.
    public mutating func handle(_ message: BlobMessage) -> [BlobEffect] {
        guard state != .ended else { return [] }
        switch message {
        case .have, .putOK:
            guard role == .put else { return [] }
            return end(message == .have(transfer: transfer) ? .alreadyThere : .complete)
        case .go(_, let offset, let credit):
            // A repeated GO while chunks flow says nothing new.
            guard role == .put, state != .sending else { return [] }
            guard offset <= size else { return abort(.gap, have: 0) }
            (origin, next) = (offset, offset)
            (self.credit, firstWindow) = (credit, credit - offset)
            state = .sending
            return proceed()
        case .credit(_, let total):
            guard !isTooMuch(total) else { return abort(.credit, have: next) }
            // Who began with little and grants more has more under way.
            firstWindow = max(firstWindow, total - next)
            credit = max(credit, total)
            return proceed()
        case .abort(_, let reason, let have):
            return end(.aborted(reason, have: have))
        case .put, .chunk, .get, .getEnd:
            return []
        }
    }

    /// The octets that were asked for; fewer are fine, none mean that the file is shorter than it was.
    public mutating func read(_ bytes: [UInt8]) -> [BlobEffect] {
        guard isReading else { return [] }
        isReading = false
        guard state == .sending else { return [] }
        guard !bytes.isEmpty, bytes.count <= readBytes, next + Int64(bytes.count) <= min(credit, size) else {
            return abort(.storage, have: next)
        }
        var chunks: [BlobEffect] = []
        var rest = Octets(bytes)
        while rest.count > 0 {
            let chunk = rest.prefix(Limits.chunkBytes)
            chunks.append(.send(.chunk(transfer: transfer, offset: next, bytes: chunk)))
            next += Int64(chunk.count)
            rest = rest.dropFirst(chunk.count)
        }
        return chunks + proceed()
    }

    /// Reading failed.
    public mutating func failed() -> [BlobEffect] { cancel(.storage) }

    /// Gives the transfer up.
    public mutating func cancel(_ reason: AbortReason) -> [BlobEffect] {
        state == .ended ? [] : abort(reason, have: next)
    }

    /// Repeats the offer when nothing was heard for a while and something should have been.
    public mutating func nudge() -> [BlobEffect] {
        switch state {
        case .offered, .delivered: [.send(offer)]
        case .sending, .ended: []
        }
    }

    /// An asker that grants more than a window wants all at once, in our memory and not in its own.
    private func isTooMuch(_ credit: Int64) -> Bool {
        role == .get && credit > next && credit - next > TransportLimits.window
    }

    private var offer: BlobMessage { .put(transfer: transfer, digest: digest, size: size) }

    private mutating func proceed() -> [BlobEffect] {
        guard state == .sending, !isReading else { return [] }
        if next == size {
            guard role == .get else {
                state = .delivered
                return []
            }
            state = .ended
            return [.send(.getEnd(transfer: transfer, size: size)), .end(.complete)]
        }
        let count = min(Int64(readBytes), min(credit, size) - next)
        guard count > 0 else { return [] }
        isReading = true
        return [.read(offset: next, count: Int(count))]
    }

    private mutating func abort(_ reason: AbortReason, have: Int64) -> [BlobEffect] {
        state = .ended
        return [
            .send(.abort(transfer: transfer, reason: reason, have: have)), .end(.aborted(reason, have: have)),
        ]
    }

    private mutating func end(_ outcome: BlobOutcome) -> [BlobEffect] {
        state = .ended
        return [.end(outcome)]
    }
}
