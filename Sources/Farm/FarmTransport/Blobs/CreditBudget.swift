import FarmModel

/// Names a transfer that is granted credit, and tells whose it is.
public protocol CreditKey: Hashable, Sendable {
    /// Who brings the octets.
    associatedtype Owner: Hashable & Sendable
    /// Who brings the octets of this transfer.
    var owner: Owner { get }
}

/// Shares a fixed number of octets fairly among the transfers that come in.
///
/// An octet is *out* from the moment it is granted until it is written, whether it has been sent or not. All that is
/// out never exceeds the total, so memory is bounded however many peers there are; and what one of them has out never
/// exceeds his part, so that one who falls silent leaves most of it to others. Each transfer may have one window out, or an equal
/// share of either if that is less, but never less than a chunk; who finds nothing left is first in turn when something
/// comes back.
public struct CreditBudget<Key: CreditKey>: Sendable {
    /// A new absolute credit for a transfer.
    public struct Grant: Hashable, Sendable {
        /// Which transfer.
        public let key: Key
        /// Octets that may have been sent in all since the blob's start.
        public let total: Int64
    }

    private struct Account: Sendable {
        let key: Key
        let limit: Int64
        var granted: Int64
        var consumed: Int64
    }

    /// All octets that may be out.
    public let total: Int64
    /// Octets of one transfer that may be out.
    public let window: Int64
    /// Octets of all transfers of one owner that may be out.
    public let perOwner: Int64
    private var accounts: [Account] = []
    private var owners: [Key.Owner: (transfers: Int64, out: Int64)] = [:]
    private var turn = 0
    private var isHeld = false
    /// Octets that are out.
    public private(set) var out: Int64 = 0

    /// Makes a budget with nothing out; without `perOwner` one owner may have all of it out.
    public init(
        total: Int64 = TransportLimits.receiveBudget, window: Int64 = TransportLimits.window, perOwner: Int64? = nil
    ) {
        let perOwner = perOwner ?? total
        precondition(
            window >= Int64(Limits.chunkBytes) && perOwner >= window && total >= perOwner,
            "a budget of \(total), \(perOwner) each, in windows of \(window): a window must hold a chunk and fit")
        self.total = total
        self.window = window
        self.perOwner = perOwner
    }

    /// Adds a transfer that has `offset` octets already and can use at most `limit`.
    public mutating func open(_ key: Key, at offset: Int64, limit: Int64) -> [Grant] {
        precondition(offset <= limit, "a transfer from \(offset) to \(limit)")
        accounts.append(Account(key: key, limit: limit, granted: offset, consumed: offset))
        owners[key.owner, default: (0, 0)].transfers += 1
        return distribute()
    }

    /// The octets of a transfer up to here are written.
    public mutating func consumed(_ key: Key, upTo total: Int64) -> [Grant] {
        guard let index = accounts.firstIndex(where: { $0.key == key }) else { return [] }
        let account = accounts[index]
        let new = min(total, account.granted)
        guard new > account.consumed else { return [] }
        accounts[index].consumed = new
        move(account.consumed - new, of: key)
        return distribute()
    }

    /// Removes a transfer; what it had out comes back.
    public mutating func close(_ key: Key) -> [Grant] {
        guard let index = accounts.firstIndex(where: { $0.key == key }) else { return [] }
        let account = accounts.remove(at: index)
        move(account.consumed - account.granted, of: key)
        let left = (owners[key.owner]?.transfers ?? 0) - 1
        if left > 0 { owners[key.owner]?.transfers = left } else { owners[key.owner] = nil }
        if index < turn { turn -= 1 }
        return distribute()
    }

    /// Withholds all credit until told otherwise; what was granted before may still come.
    public mutating func hold(_ isHeld: Bool) -> [Grant] {
        self.isHeld = isHeld
        return distribute()
    }

    /// Stops the process if the books do not balance.
    public func checkInvariants() {
        let sum = accounts.reduce(0) { $0 + $1.granted - $1.consumed }
        precondition(sum == out && out <= total, "\(out) octets are out of \(total), but the accounts sum to \(sum)")
        var parts: [Key.Owner: (transfers: Int64, out: Int64)] = [:]
        for account in accounts {
            parts[account.key.owner, default: (0, 0)].transfers += 1
            parts[account.key.owner, default: (0, 0)].out += account.granted - account.consumed
        }
        precondition(parts.count == owners.count, "\(owners) are \(parts)")
        for (owner, part) in parts {
            let isRight = owners[owner]?.transfers == part.transfers && owners[owner]?.out == part.out
            precondition(isRight && part.out <= perOwner, "\(owner): \(part), not \(owners)")
        }
        precondition(accounts.allSatisfy { $0.consumed <= $0.granted && $0.granted <= $0.limit }, "\(accounts)")
    }

    private mutating func move(_ octets: Int64, of key: Key) {
        out += octets
        owners[key.owner]?.out += octets
    }

    private mutating func distribute() -> [Grant] {
        guard !accounts.isEmpty, !isHeld else { return [] }
        let chunk = Int64(Limits.chunkBytes)
        var grants: [Grant] = []
        for step in 0..<accounts.count {
            let index = (turn + step) % accounts.count
            let account = accounts[index]
            let part = owners[account.key.owner] ?? (1, 0)
            let share = max(chunk, min(window, perOwner / part.transfers, total / Int64(accounts.count)))
            let wanted = min(account.limit, account.consumed + share) - account.granted
            // Each grant costs a message: top up by quarters, except at the end or when nothing is out.
            let isWorthIt =
                wanted >= share / 4 || account.granted == account.consumed || account.granted + wanted == account.limit
            // Who has all of his part out waits for himself, and nobody for him.
            guard wanted > 0, isWorthIt, perOwner - part.out >= min(wanted, chunk) else { continue }
            let amount = min(wanted, perOwner - part.out, total - out)
            guard amount >= min(wanted, chunk) else {
                turn = index
                break
            }
            accounts[index].granted += amount
            move(amount, of: account.key)
            grants.append(Grant(key: account.key, total: account.granted + amount))
        }
        return grants
    }
}
