import Testing

@Suite("Simulated farms")
struct SimulationTests {
    /// Seeds per test case: few cases keep the report short, several let them run side by side.
    private static let batch: UInt64 = 25

    @Test("After any chaos every task is recorded exactly once", arguments: 0..<8)
    func chaos(part: UInt64) {
        for seed in (part * SimulationTests.batch)..<((part + 1) * SimulationTests.batch) {
            var simulation = Simulation(seed: seed)
            let violations = simulation.run()
            #expect(violations == [], "seed \(seed): \(simulation.options)")
        }
    }

    @Test("One seed is one history")
    func reproducible() {
        var one = Simulation(seed: 7)
        var other = Simulation(seed: 7)
        #expect(one.run() == other.run())
        #expect(one.events == other.events)
        #expect(one.store.records == other.store.records)
    }
}
