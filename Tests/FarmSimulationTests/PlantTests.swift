import FarmSimulation
import Testing

/// Checkers that find nothing prove nothing: bugs that are put in on purpose have to be found.
@Suite("Planted bugs")
struct PlantTests {
    @Test("Every planted bug is found within a thousand seeds", arguments: Plant.allCases)
    func found(plant: Plant) {
        let seed = (UInt64(0)..<1_000).first { seed in
            var simulation = Simulation(seed: seed, plant: plant)
            return !simulation.run().violations.isEmpty
        }
        #expect(seed != nil)
    }

    @Test(
        "It is the checker meant for it that finds a planted bug",
        arguments: [
            (Plant.forgetFence, ["never reported", "never had", "lease is not its own"]),
            (.acknowledgeBeforeCommit, ["before it was committed", "before its number was committed"]),
            (.loseReady, ["side by side", "not at rest"]), (.forgetShares, ["waits with", "waited"]),
        ])
    func named(plant: Plant, words: [String]) throws {
        for seed in UInt64(0)..<1_000 {
            var simulation = Simulation(seed: seed, plant: plant)
            guard let violation = simulation.run().violations.first else { continue }
            return #expect(words.contains(where: violation.contains), "\(violation)")
        }
        Issue.record("\(plant.rawValue) was not found")
    }
}
