public import FarmModel

/// All transfers that come in to one process, sharing one budget of credit.
///
/// `Peer` is whatever names the other end: a route for a coordinator, or `Route([])` for a worker. The service keeps a
/// file per key, looks up what it has before `begin`, and executes the effects.
public struct BlobReceivers<Peer: Hashable & Sendable>: Sendable {
    /// Names a transfer.
    public struct Key: CreditKey {
        /// The other end.
        public let peer: Peer
        /// Its number.
        public let transfer: UInt64

        /// The other end.
        public var owner: Peer { peer }

        /// Makes a name.
        public init(peer: Peer, transfer: UInt64) {
            self.peer = peer
            self.transfer = transfer
        }
    }

    /// An effect of one transfer.
    public struct Step: Hashable, Sendable {
        /// Which transfer.
        public let key: Key
        /// What to do.
        public let effect: BlobEffect

        /// Makes a step.
        public init(key: Key, effect: BlobEffect) {
            self.key = key
            self.effect = effect
        }
    }

    private var receivers: [Key: BlobReceiver] = [:]
    private var budget: CreditBudget<Key>

    /// Makes an empty set; without `perPeer` one peer may have the whole budget under way.
    public init(
        budget: Int64 = TransportLimits.receiveBudget, window: Int64 = TransportLimits.window, perPeer: Int64? = nil
    ) {
        self.budget = CreditBudget(total: budget, window: window, perOwner: perPeer)
    }

    /// How many transfers are under way.
    public var count: Int { receivers.count }

    /// The transfer of a name, if it is under way.
    public subscript(key: Key) -> BlobReceiver? { receivers[key] }

    /// Starts a transfer.
    ///
    /// A number that is in use is the repetition of an offer and goes to that transfer.
    public mutating func begin(_ receiver: BlobReceiver, from peer: Peer) -> [Step] {
        let key = Key(peer: peer, transfer: receiver.transfer)
        if let known = receivers[key] {
            guard known.digest == receiver.digest else { return run(key) { $0.failed(.unknown) } }
            return run(key) { $0.handle(.put(transfer: known.transfer, digest: known.digest, size: known.limit)) }
        }
        guard receivers.keys.count(where: { $0.peer == peer }) < TransportLimits.transfersPerPeer else {
            let abort = BlobMessage.abort(transfer: receiver.transfer, reason: .quota, have: receiver.start)
            return [
                Step(key: key, effect: .send(abort)),
                Step(key: key, effect: .end(.aborted(.quota, have: receiver.start))),
            ]
        }
        receivers[key] = receiver
        // Nothing is lacking: no credit is needed, only the check of the content.
        guard receiver.size != receiver.start else { return run(key) { $0.granted(upTo: $0.start) } }
        return distribute(budget.open(key, at: receiver.start, limit: receiver.limit))
    }

    /// A peer said something; PUT and GET start transfers and are for the service.
    public mutating func handle(_ message: BlobMessage, from peer: Peer) -> [Step] {
        let key = Key(peer: peer, transfer: message.transfer)
        if receivers[key] == nil, case .chunk = message {
            // The sender should stop; that is all it is told.
            return [Step(key: key, effect: .send(.abort(transfer: message.transfer, reason: .unknown, have: 0)))]
        }
        return run(key) { $0.handle(message) }
    }

    /// The octets of a transfer up to here are written: their credit comes back.
    public mutating func written(_ key: Key, upTo total: Int64) -> [Step] {
        let steps = run(key) { $0.written(upTo: total) }
        return steps + distribute(budget.consumed(key, upTo: total))
    }

    /// The content of a transfer was compared with its name.
    public mutating func verified(_ key: Key, _ matches: Bool) -> [Step] { run(key) { $0.verified(matches) } }

    /// A transfer cannot go on.
    public mutating func failed(_ key: Key, _ reason: AbortReason) -> [Step] { run(key) { $0.failed(reason) } }

    /// Nothing was heard of a transfer for a while.
    public mutating func nudge(_ key: Key) -> [Step] { run(key) { $0.nudge() } }

    /// Withholds all credit until told otherwise: peers wait, and what they were granted before may still come.
    public mutating func hold(_ isHeld: Bool) -> [Step] { distribute(budget.hold(isHeld)) }

    /// A peer is gone: its transfers end without a word, and others get their credit.
    public mutating func drop(_ peer: Peer) -> [Step] {
        let keys = receivers.keys.filter { $0.peer == peer }.sorted { $0.transfer < $1.transfer }
        return keys.flatMap { key in
            let have = receivers.removeValue(forKey: key)?.written ?? 0
            return [Step(key: key, effect: .end(.aborted(.unknown, have: have)))] + distribute(budget.close(key))
        }
    }

    /// Stops the process if the books do not balance.
    public func checkInvariants() { budget.checkInvariants() }

    private mutating func run(_ key: Key, _ change: (inout BlobReceiver) -> [BlobEffect]) -> [Step] {
        guard var receiver = receivers[key] else { return [] }
        var steps = change(&receiver).map { Step(key: key, effect: $0) }
        receivers[key] = receiver.isEnded ? nil : receiver
        if receiver.isEnded { steps += distribute(budget.close(key)) }
        return steps
    }

    private mutating func distribute(_ grants: [CreditBudget<Key>.Grant]) -> [Step] {
        grants.flatMap { grant in run(grant.key) { $0.granted(upTo: grant.total) } }
    }
}

extension BlobMessage {
    /// The transfer it is about.
    public var transfer: UInt64 {
        switch self {
        case .put(let transfer, _, _), .have(let transfer), .go(let transfer, _, _), .chunk(let transfer, _, _),
            .credit(let transfer, _), .putOK(let transfer), .get(let transfer, _, _, _), .getEnd(let transfer, _),
            .abort(let transfer, _, _):
            transfer
        }
    }
}
