public import FarmModel

/// All transfers that go out of one process because peers asked for them, sharing one budget of octets under way.
///
/// It hands out one effect at a time, of each transfer in turn, so that none holds the others up: `next()`, execute,
/// tell it what came of a read, and again until there is nothing to do. A peer that takes nothing at the moment is left
/// out until `resume()`, and nothing that was meant for it gets lost.
public struct BlobSenders<Peer: Hashable & Sendable>: Sendable {
    /// Names a transfer.
    public typealias Key = BlobReceivers<Peer>.Key
    /// An effect of one transfer.
    public typealias Step = BlobReceivers<Peer>.Step

    /// What becomes of a question.
    public enum Beginning: Hashable, Sendable {
        /// The transfer has begun.
        case begun
        /// It is under way already, or there are too many: who asks will ask again.
        case ignored
        /// This peer has as many as it may.
        case tooMany
    }

    private struct Entry: Sendable {
        var sender: BlobSender
        var effects: [BlobEffect]
        /// Octets that are being read for it.
        var reading: Int64 = 0
        /// Octets of chunks that wait for their turn.
        var queued: Int64 {
            effects.reduce(0) { if case .send(.chunk(_, _, let bytes)) = $1 { $0 + Int64(bytes.count) } else { $0 } }
        }
        /// What it takes of the budget: a peer may say that it wrote what was never sent.
        var outstanding: Int64 { max(sender.outstanding, queued) }
    }

    private let budget: Int64
    private let limit: Int
    private var entries: [Key: Entry] = [:]
    /// The transfers with effects, in the order of their turns.
    private var turns: [Key] = []
    private var blocked: Set<Peer> = []
    /// Octets under way in all.
    public private(set) var outstanding: Int64 = 0
    /// Octets that are being read in all.
    private var reading: Int64 = 0

    /// Makes an empty set of at most `limit` transfers.
    public init(limit: Int, budget: Int64 = TransportLimits.sendBudget) {
        precondition(budget >= Int64(Limits.chunkBytes), "a budget of \(budget) octets: a chunk must fit")
        self.limit = limit
        self.budget = budget
    }

    /// How many transfers are under way.
    public var count: Int { entries.count }

    /// The transfer of a name, if it is under way.
    public subscript(key: Key) -> BlobSender? { entries[key]?.sender }

    /// Starts a transfer.
    public mutating func begin(_ sender: BlobSender, for peer: Peer) -> Beginning {
        precondition(Int64(sender.readBytes) <= budget, "\(sender.readBytes) octets at once of a budget of \(budget)")
        let key = Key(peer: peer, transfer: sender.transfer)
        guard entries[key] == nil, entries.count < limit else { return .ignored }
        // One that is over and only waits for its turn to say so takes no place.
        let running = entries.count { $0.key.peer == peer && (!$0.value.sender.isEnded || $0.value.queued > 0) }
        guard running < TransportLimits.transfersPerPeer else { return .tooMany }
        entries[key] = Entry(sender: sender, effects: [])
        change(key) { $0.effects += $0.sender.start() }
        return .begun
    }

    /// The peer said something about a transfer of this name.
    public mutating func handle(_ message: BlobMessage, of key: Key) {
        change(key) { entry in
            if case .abort(_, let reason, let have) = message, !entry.effects.isEmpty {
                // Who has given up is sent nothing more; that it is over is still to be heard here.
                let isWhole = entry.effects.allSatisfy(\.isEnd)
                if !isWhole { entry.effects = entry.sender.isEnded ? [.end(.aborted(reason, have: have))] : [] }
            }
            entry.effects += entry.sender.handle(message)
            // Who is told that it is over does not wait for octets that nobody is sent.
            if entry.sender.isEnded { entry.effects.removeAll { if case .read = $0 { true } else { false } } }
        }
    }

    /// The next thing to do; nil if nothing can be done now.
    public mutating func next() -> Step? {
        for (index, key) in turns.enumerated() {
            guard !blocked.contains(key.peer), var entry = entries[key], let effect = entry.effects.first else {
                continue
            }
            // Who finds the budget used up keeps its place in the row.
            if case .read(_, let count) = effect {
                guard outstanding + reading + Int64(count) <= budget else { continue }
                entry.reading = Int64(count)
                reading += Int64(count)
            }
            outstanding -= entry.outstanding
            entry.effects.removeFirst()
            outstanding += entry.outstanding
            entries[key] = entry
            turns.remove(at: index)
            if case .end = effect { remove(key) } else if !entry.effects.isEmpty { turns.append(key) }
            return Step(key: key, effect: effect)
        }
        return nil
    }

    /// Whether anything waits for a peer that takes nothing at the moment.
    public var isHeldUp: Bool { !blocked.isEmpty && turns.contains { blocked.contains($0.peer) } }

    /// A message could not be sent because the peer takes nothing: it comes first at the next try.
    public mutating func postpone(_ step: Step) {
        blocked.insert(step.key.peer)
        change(step.key) { $0.effects.insert(step.effect, at: 0) }
    }

    /// Peers that took nothing are tried again.
    public mutating func resume() { blocked = [] }

    /// The octets that were asked for.
    public mutating func read(_ key: Key, _ bytes: [UInt8]) {
        endReading(key)
        change(key) { $0.effects += $0.sender.read(bytes) }
    }

    /// Reading failed.
    public mutating func failed(_ key: Key) {
        endReading(key)
        change(key) { $0.effects += $0.sender.failed() }
    }

    /// Forgets a transfer without a word.
    public mutating func drop(_ key: Key) {
        turns.removeAll { $0 == key }
        remove(key)
    }

    /// A peer is gone: its transfers end without a word.
    public mutating func drop(_ peer: Peer) {
        for key in entries.keys where key.peer == peer { drop(key) }
        blocked.remove(peer)
    }

    /// Stops the process if the books do not balance.
    public func checkInvariants() {
        let sum = entries.values.reduce(0) { $0 + $1.outstanding }
        precondition(sum == outstanding, "\(outstanding) octets are under way, but the transfers sum to \(sum)")
        precondition(entries.values.reduce(0) { $0 + $1.reading } == reading, "\(reading) octets are being read")
        precondition(Set(turns).count == turns.count && turns.allSatisfy { entries[$0] != nil }, "\(turns)")
    }

    private mutating func change(_ key: Key, _ body: (inout Entry) -> Void) {
        guard var entry = entries[key] else { return }
        outstanding -= entry.outstanding
        body(&entry)
        outstanding += entry.outstanding
        entries[key] = entry
        if !entry.effects.isEmpty, !turns.contains(key) { turns.append(key) }
    }

    private mutating func endReading(_ key: Key) {
        guard let octets = entries[key]?.reading else { return }
        reading -= octets
        entries[key]?.reading = 0
    }

    private mutating func remove(_ key: Key) {
        endReading(key)
        guard let entry = entries.removeValue(forKey: key) else { return }
        outstanding -= entry.outstanding
    }
}
