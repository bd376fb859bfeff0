import FarmSimulation
import Testing

@Suite("Simulated farms")
struct SimulationTests {
    /// Seeds per test case: few cases keep the report short, several let them run side by side.
    private static let batch: UInt64 = 50

    @Test("After any chaos every task is recorded exactly once", arguments: 0..<10)
    func chaos(part: UInt64) {
        for seed in (part * SimulationTests.batch)..<((part + 1) * SimulationTests.batch) {
            var simulation = Simulation(seed: seed)
            let report = simulation.run()
            #expect(report.violations == [], "seed \(seed): \(report.options)")
        }
    }

    /// Worlds that once brought a bug to light, and what it was.
    private static let fixedSeeds: [(seed: UInt64, edition: SwarmOptions.Edition, bug: String)] = [
        (1_122, .first, "an idle worker was not given a second attempt once the last ready task of its step had gone"),
        (63_505, .first, "nor once a late result had ended that task"),
        (686, .second, "an offer was called wrong whose checkpoint was lost later in the same batch"),
        (6_964, .second, "an idle worker whose node ends soon was not asked again when tasks turned out to fit it"),
        (52_663, .third, "a chain was kept for its worker however much less somebody had who waited"),
        (18_818, .third, "a result was called thrown away that its worker, standing still, did not hear was kept"),
        (72_310, .third, "nor was it wrong where the lease had lapsed meanwhile"),
        (98_983, .third, "the world was taken to be at rest before what had just failed was tried again"),
    ]

    @Test("What was found once is not found again", arguments: fixedSeeds)
    func foundOnce(seed: UInt64, edition: SwarmOptions.Edition, bug: String) {
        var simulation = Simulation(seed: seed, edition: edition)
        #expect(simulation.run().violations == [], "\(bug)")
    }

    @Test("One seed is one history")
    func reproducible() {
        var one = Simulation(seed: 7, isTraced: true)
        var other = Simulation(seed: 7, isTraced: true)
        let report = one.run()
        #expect(report == other.run())
        #expect(report.trace.count == 100 && report.results > 0)
    }

    @Test("Seeds make different worlds, in which everything happens that can")
    func variety() {
        var options: Set<String> = []
        var faults = 0
        for seed in UInt64(0)..<50 {
            var simulation = Simulation(seed: seed)
            options.insert(simulation.options.description)
            faults += simulation.run().faults
        }
        #expect(options.count == 50)
        #expect(faults > 50)
    }
}
