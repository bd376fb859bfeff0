import FarmModel

/// Decides what becomes of each message: when it arrives, how often, if at all.
struct Network {
    /// What travels on one connection, by who speaks.
    struct Direction: Hashable {
        let connection: Int
        let isToCoordinator: Bool
    }

    let options: SimulationOptions
    /// Whether the network still misbehaves.
    var isFaulty = true
    /// Workers that are cut off, in both directions.
    var isolated: Set<Int> = []
    private var sent: [Direction: Int] = [:]
    private var delivered: [Direction: Int] = [:]
    private var lastArrival: [Direction: Instant] = [:]

    init(options: SimulationOptions) { self.options = options }

    /// When a message arrives: never, once or twice; with its number on the connection.
    mutating func arrivals(
        of worker: Int, _ direction: Direction, at now: Instant, using random: inout SplitMix64
    ) -> [(at: Instant, number: Int)] {
        let number = (sent[direction] ?? 0) + 1
        sent[direction] = number
        if isolated.contains(worker) { return [] }
        if isFaulty, random.chance(options.loss) { return [] }
        let copies = isFaulty && random.chance(options.duplication) ? 2 : 1
        return (0..<copies).map { _ in
            let delay = Int64.random(in: 1...(2 * options.delay), using: &random)
            var arrival = now.advanced(byMilliseconds: delay)
            if !(isFaulty && random.chance(options.reorder)) {
                // In order: not before what was sent before it.
                arrival = max(arrival, lastArrival[direction] ?? arrival)
                lastArrival[direction] = arrival
            }
            return (arrival, number)
        }
    }

    /// Whether a message that arrives is handed on.
    mutating func accepts(_ number: Int, _ direction: Direction) -> Bool {
        guard options.isSequenced else { return true }
        guard number > (delivered[direction] ?? 0) else { return false }
        delivered[direction] = number
        return true
    }
}
