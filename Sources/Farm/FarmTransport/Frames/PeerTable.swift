import FarmModel

/// What a router remembers of its peers, bounded: routes of connections that are gone would gather forever.
struct PeerTable {
    struct Peer {
        var sequences = SequenceNumbers()
        /// Whether a malformed frame was logged and answered; further ones are only counted.
        var hasBeenWarned = false
        fileprivate var lastUse: UInt64 = 0
    }

    private var peers: [Route: Peer] = [:]
    private var clock: UInt64 = 0
    private let limit: Int

    init(limit: Int = TransportLimits.peers) { self.limit = limit }

    var count: Int { peers.count }

    /// The memory of a peer, made if there is none; then the longest unused one goes.
    subscript(route: Route) -> Peer {
        get { peers[route] ?? Peer() }
        set {
            if peers[route] == nil, peers.count >= limit,
                let oldest = peers.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                peers[oldest.key] = nil
            }
            clock += 1
            peers[route] = newValue
            peers[route]?.lastUse = clock
        }
    }

    mutating func forget(_ route: Route) { peers[route] = nil }
}
