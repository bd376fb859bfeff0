public import FarmModel

/// The receiving side of one transfer: it answers a PUT, or asks with GET.
///
/// A pure machine: events in, effects out. Credit comes from outside, through `granted(upTo:)`, so that one budget can
/// bound the memory of all transfers; the first grant opens the transfer. Octets must follow each other without a gap
/// and within the credit, or the transfer is aborted with the place from which a new one can go on.
public struct BlobReceiver: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        /// No credit yet, so the peer has not been told to send.
        case waiting
        /// Chunks may come.
        case receiving
        /// All is written; the digest is being compared.
        case verifying
        case ended
    }

    /// The number of the transfer.
    public let transfer: UInt64
    /// Which blob.
    public let digest: Digest
    /// Octets that were there before.
    public let start: Int64
    /// Size of the whole; unknown until GET-END when asking.
    public private(set) var size: Int64?
    /// Octets received without a gap, those from before included.
    public private(set) var received: Int64
    /// Octets written.
    public private(set) var written: Int64
    private let isAsking: Bool
    private var credit: Int64
    private var state = State.waiting

    /// Makes a receiver for a PUT, of which `offset` octets are there already.
    public init(accepting digest: Digest, size: Int64, transfer: UInt64, from offset: Int64) {
        precondition((0...size).contains(offset), "offset \(offset) in a blob of \(size) octets")
        self.init(transfer, digest, size: size, from: offset, isAsking: false)
    }

    /// Makes a receiver that asks for a blob, of which `offset` octets are there already.
    public init(asking digest: Digest, transfer: UInt64, from offset: Int64) {
        precondition((0...Limits.blobBytes).contains(offset), "offset \(offset)")
        self.init(transfer, digest, size: nil, from: offset, isAsking: true)
    }

    private init(_ transfer: UInt64, _ digest: Digest, size: Int64?, from offset: Int64, isAsking: Bool) {
        self.transfer = transfer
        self.digest = digest
        self.size = size
        self.isAsking = isAsking
        start = offset
        received = offset
        written = offset
        credit = offset
    }

    /// Whether it is over.
    public var isEnded: Bool { state == .ended }

    /// The largest credit that makes sense.
    public var limit: Int64 { size ?? Limits.blobBytes }

    /// Octets that the peer may still send before it is granted more.
    public var expected: Int64 { credit - received }

    /// The peer may have sent so many octets in all, counted from the blob's start.
    ///
    /// A transfer that lacks nothing is opened by a grant of its size.
    public mutating func granted(upTo total: Int64) -> [BlobEffect] {
        let total = min(total, limit)
        switch state {
        case .waiting:
            state = .receiving
            credit = max(credit, total)
            return [.send(opening)] + verifyIfWhole()
        case .receiving:
            guard total > credit else { return [] }
            credit = total
            return [.send(.credit(transfer: transfer, total: credit))]
        case .verifying, .ended:
            return []
        }
    }

    /// The peer said something about this transfer.
    public mutating func handle(_ message: BlobMessage) -> [BlobEffect] {
        guard state != .ended else { return [] }
        switch message {
        case .chunk(_, let offset, let bytes): return chunk(at: offset, bytes)
        case .getEnd(_, let size): return getEnd(size)
        case .abort(_, let reason, _): return end(.aborted(reason, have: received))
        case .put: return offeredAgain()
        case .have, .go, .credit, .putOK, .get: return []
        }
    }

    /// The octets up to here are written.
    public mutating func written(upTo total: Int64) -> [BlobEffect] {
        guard state == .receiving else { return [] }
        precondition(total <= received, "\(total) octets written of \(received) received")
        written = max(written, total)
        return verifyIfWhole()
    }

    /// The content was compared with its name.
    public mutating func verified(_ matches: Bool) -> [BlobEffect] {
        guard state == .verifying else { return [] }
        // Nothing of wrong content is worth keeping, and whoever sent it is to look at what he has.
        guard matches else { return abort(.digest, have: 0) }
        let thanks: [BlobEffect] = isAsking ? [] : [.send(.putOK(transfer: transfer))]
        return thanks + end(.complete)
    }

    /// Gives the transfer up.
    public mutating func failed(_ reason: AbortReason) -> [BlobEffect] {
        state == .ended ? [] : abort(reason, have: written)
    }

    /// Repeats the last word when nothing was heard for a while and something should have been.
    ///
    /// An asker cannot know whether its question or the end of the answer was lost, so it gives up to ask again.
    public mutating func nudge() -> [BlobEffect] {
        guard state == .receiving else { return [] }
        if isAsking { return abort(.gap, have: received) }
        return [.send(received == start ? opening : .credit(transfer: transfer, total: credit))]
    }

    private var opening: BlobMessage {
        isAsking
            ? .get(transfer: transfer, digest: digest, offset: start, credit: credit)
            : .go(transfer: transfer, offset: start, credit: credit)
    }

    private mutating func chunk(at offset: Int64, _ bytes: Octets) -> [BlobEffect] {
        // Without an end there is always more to come; with it, the last octet was the end.
        guard state == .receiving || state == .waiting else { return [] }
        guard offset == received else { return abort(.gap, have: received) }
        guard offset + Int64(bytes.count) <= credit else { return abort(.credit, have: received) }
        received += Int64(bytes.count)
        return [.write(offset: offset, bytes: bytes)]
    }

    private mutating func getEnd(_ size: Int64) -> [BlobEffect] {
        guard isAsking, state == .receiving, self.size == nil else { return [] }
        guard size == received else { return abort(.gap, have: received) }
        self.size = size
        return verifyIfWhole()
    }

    /// A sender repeats its offer when it waits: for our first word, or for our last one.
    private mutating func offeredAgain() -> [BlobEffect] {
        guard state == .receiving, !isAsking else { return [] }
        // All of it is here, and is being written: our last word follows.
        guard received != size else { return [] }
        return received == start ? [.send(opening)] : abort(.gap, have: received)
    }

    private mutating func verifyIfWhole() -> [BlobEffect] {
        guard let size, written == size else { return [] }
        state = .verifying
        return [.verify(digest, size: size)]
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
