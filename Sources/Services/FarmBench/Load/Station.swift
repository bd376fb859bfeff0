/// Something on one line that answers by itself: a worker, a client, a probe.
protocol Station: AnyObject {
    /// Readable whenever the station should be served.
    var descriptor: CInt { get }
    /// Takes in everything that has come.
    func serve() throws
    /// Does what is due, microseconds of the monotonic clock.
    func tick(at now: Int64) throws
}

/// All stations of a benchmark, on the calling thread.
final class Stations {
    private let poller: Poller
    private var stations: [any Station] = []
    private var lastTick: Int64 = 0

    init() throws { poller = try Poller() }

    func add(_ station: any Station) throws {
        try poller.add(station.descriptor, as: stations.count)
        stations.append(station)
        try station.serve()
    }

    /// Serves all of them until a condition holds or the time is over; whether it holds.
    ///
    /// With `progress`, the time starts anew whenever that number changes.
    @discardableResult
    func run(seconds: Double, progress: () -> Int = { 0 }, until isDone: () -> Bool) throws -> Bool {
        var start = Stopwatch.microseconds
        var reached = progress()
        while !isDone() {
            for number in poller.wait(milliseconds: BenchLimits.tickMilliseconds) { try stations[number].serve() }
            let now = Stopwatch.microseconds
            if now - lastTick >= BenchLimits.tickMilliseconds * 1000 {
                lastTick = now
                for station in stations { try station.tick(at: now) }
            }
            if progress() != reached { (reached, start) = (progress(), now) }
            guard Double(now - start) < seconds * 1e6 else { return isDone() }
        }
        return true
    }
}
