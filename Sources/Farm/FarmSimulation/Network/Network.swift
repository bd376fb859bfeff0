internal import FarmModel

/// Decides what becomes of each frame: when it arrives, how often, if at all.
struct Network {
    private let options: SwarmOptions.Paths
    /// Whether it still misbehaves.
    var isFaulty = true
    /// Paths on which frames are lost.
    var cut: Set<Path> = []
    /// Paths on which frames are held back until an instant.
    private var clogged: [Path: Instant] = [:]
    private var lines: [Direction: Line] = [:]

    /// One way between a worker and the coordinator, whatever the connection.
    struct Path: Hashable {
        let worker: Int
        let isToCoordinator: Bool
    }

    /// What is known of one direction of a connection.
    private struct Line {
        /// Frames sent so far.
        var sent: UInt64 = 0
        /// The largest number that came in.
        var heard: UInt64 = 0
        /// When the last frame in order arrives.
        var last = Instant(milliseconds: 0)
    }

    init(_ options: SwarmOptions.Paths) { self.options = options }

    /// The number of the next frame of a direction.
    mutating func nextNumber(_ direction: Direction) -> UInt64 {
        lines[direction, default: Line()].sent += 1
        return lines[direction]?.sent ?? 1
    }

    /// When a frame arrives: never, once or twice.
    mutating func arrivals(_ direction: Direction, at now: Instant, using random: inout SplitMix64) -> [Instant] {
        let path: Path? =
            switch direction.peer {
            case .worker(let worker): Path(worker: worker, isToCoordinator: direction.isToCoordinator)
            case .client: nil
            }
        if let path, cut.contains(path) { return [] }
        if isFaulty, random.chance(options.loss) { return [] }
        let first = arrival(direction, path, at: now, using: &random)
        guard isFaulty, random.chance(options.duplication) else { return [first] }
        return [first, arrival(direction, path, at: now, using: &random)]
    }

    private mutating func arrival(
        _ direction: Direction, _ path: Path?, at now: Instant, using random: inout SplitMix64
    ) -> Instant {
        var arrival = now.advanced(byMilliseconds: options.least + random.around(options.mean))
        if let path, let clear = clogged[path] { arrival = max(arrival, clear) }
        if isFaulty, random.chance(options.reorder) { return arrival }
        // In order: not before what was sent before it.
        arrival = max(arrival, lines[direction]?.last ?? arrival)
        lines[direction]?.last = arrival
        return arrival
    }

    /// Holds back what is sent on a path until an instant.
    mutating func clog(_ path: Path, until instant: Instant) { clogged[path] = instant }

    /// Lets a path be as good as any other.
    mutating func clear(_ path: Path) {
        cut.remove(path)
        clogged[path] = nil
    }

    /// Lets all paths be good for ever.
    mutating func heal() {
        isFaulty = false
        cut = []
        clogged = [:]
    }

    /// Whether a frame that arrives is handed on: repeated and overtaken ones are not, where connections count.
    mutating func accepts(_ number: UInt64, _ direction: Direction) -> Bool {
        guard options.isSequenced else { return true }
        guard number > lines[direction]?.heard ?? 0 else { return false }
        lines[direction]?.heard = number
        return true
    }

    /// Forgets a connection that is closed.
    mutating func close(_ connection: Int, of peer: Peer) {
        for isToCoordinator in [true, false] {
            lines[Direction(peer: peer, connection: connection, isToCoordinator: isToCoordinator)] = nil
        }
    }
}
