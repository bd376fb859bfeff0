/// Decides when progress is due, and how fast it goes.
struct Pace {
    private let clock = ContinuousClock()
    private var lastReport: ContinuousClock.Instant
    private var steps = 0

    init() { lastReport = clock.now }

    /// Counts a step; the rate in steps per second if a report is due.
    mutating func tick() -> Float? {
        steps += 1
        let passed = clock.now - lastReport
        guard passed >= Limits.progressInterval else { return nil }
        let rate = Float(Double(steps) / (passed / .seconds(1)))
        (lastReport, steps) = (clock.now, 0)
        return rate
    }
}
