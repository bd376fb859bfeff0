import FarmKeys
import FarmModel

/// What a router remembers of its peers, bounded: routes of connections that are gone would gather forever.
///
/// A change is made in place and costs one look-up; making room costs as little, since the peers form a row in the
/// order of their last use: strangers who come and go must not slow down the others.
struct PeerTable {
    struct Peer {
        var sequences = SequenceNumbers()
        /// Whether a malformed frame was logged and answered; further ones are only counted.
        var hasBeenWarned = false
        /// The key of its connection, as last read.
        var key: PublicKey?
    }

    private struct Place {
        var route: Route
        var peer = Peer()
        /// The places used just before and just after this one.
        var older: Int?
        var newer: Int?
    }

    private var places: [Place] = []
    private var index: [Route: Int] = [:]
    private var free: [Int] = []
    private var oldest: Int?
    private var newest: Int?
    private let limit: Int

    init(limit: Int = TransportLimits.peers) { self.limit = limit }

    var count: Int { index.count }

    /// The memory of a peer, made if there is none; then the longest unused one goes.
    subscript(route: Route) -> Peer {
        get { index[route].map { places[$0].peer } ?? Peer() }
        _modify {
            let place = use(route)
            yield &places[place].peer
        }
    }

    mutating func forget(_ route: Route) {
        guard let place = index.removeValue(forKey: route) else { return }
        unlink(place)
        places[place] = Place(route: Route([]))
        free.append(place)
    }

    /// The place of a peer, which is the newest then.
    private mutating func use(_ route: Route) -> Int {
        if let place = index[route] {
            if place != newest {
                unlink(place)
                link(place)
            }
            return place
        }
        if index.count >= limit, let oldest { forget(places[oldest].route) }
        let place = free.popLast() ?? places.count
        if place == places.count { places.append(Place(route: route)) } else { places[place] = Place(route: route) }
        index[route] = place
        link(place)
        return place
    }

    private mutating func link(_ place: Int) {
        (places[place].older, places[place].newer) = (newest, nil)
        if let newest { places[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (places[place].older, places[place].newer)
        if let older { places[older].newer = newer } else { oldest = newer }
        if let newer { places[newer].older = older } else { newest = older }
    }
}
