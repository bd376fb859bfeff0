import FarmModel
import FarmTransport

/// What is to be read for those who wait: one order at a time is under way, the others can still be given up.
struct PendingReads: Sendable {
    typealias Key = BlobSenders<Route>.Key

    private var waiting: [BlobReader.Order] = []
    private var isUnderWay = false
    /// The transfers that have an order, except those that were dropped since; each has one at most.
    private var wanted: Set<Key> = []

    /// Whether a transfer waits for what it has ordered.
    func isAwaited(by key: Key) -> Bool { wanted.contains(key) }

    /// Adds an order.
    mutating func add(_ order: BlobReader.Order) {
        let isFirst = wanted.insert(order.key).inserted
        precondition(isFirst, "a transfer reads once at a time")
        waiting.append(order)
    }

    /// The order whose turn it is, which is under way from then on; nil if there is none, or if another is.
    mutating func next() -> BlobReader.Order? {
        guard !isUnderWay, !waiting.isEmpty else { return nil }
        isUnderWay = true
        return waiting.removeFirst()
    }

    /// An order was carried out; says whether its transfer still wants it.
    mutating func finish(_ order: BlobReader.Order) -> Bool {
        isUnderWay = false
        // Its number may be in use again, and wait for an order of its own.
        guard !waiting.contains(where: { $0.key == order.key }) else { return false }
        return wanted.remove(order.key) != nil
    }

    /// A transfer is over.
    mutating func drop(_ key: Key) {
        guard wanted.remove(key) != nil else { return }
        waiting.removeAll { $0.key == key }
    }

    /// A peer is gone.
    mutating func drop(_ peer: Route) {
        for key in wanted where key.peer == peer { drop(key) }
    }
}
