import FarmSimulation
import Foundation

/// What a simulation or a sweep of them came to, for people and programs.
struct SimulationOutcome: Encodable {
    /// A farm in which something went wrong.
    struct Failure: Encodable {
        var seed: UInt64
        var options: String
        var violations: [String]
        /// Virtual time and number of the event at which it showed.
        var virtualMilliseconds: Int64
        var event: Int
        /// The last events before.
        var trace: [String]

        init(_ report: SimulationReport) {
            seed = report.seed
            options = report.options
            violations = report.violations
            virtualMilliseconds = report.milliseconds
            event = report.events
            trace = report.trace
        }
    }

    var first: UInt64
    var plant: String?
    var commit: String?
    var totals: SeedSweep.Totals
    var seconds: Double
    var failure: Failure?

    init(first: UInt64, plant: Plant?, totals: SeedSweep.Totals, seconds: Double, failure: Failure?) {
        self.first = first
        self.plant = plant?.rawValue
        commit = SourceCommit.current
        self.totals = totals
        self.seconds = seconds
        self.failure = failure
    }

    /// What people read.
    var text: String {
        let rate = Double(totals.seeds) / max(0.001, seconds)
        let hours = totals.virtualSeconds / 3600
        var lines = [
            String(format: "%llu seeds in %.1f s (%.0f/s): %.1f virtual hours, ", totals.seeds, seconds, rate, hours)
                + "\(totals.results) results, \(totals.commits) commits, \(totals.frames) frames, "
                + "\(totals.faults) processes died or stood still"
        ]
        guard let failure else {
            lines.append(plant.map { "the bug \($0) was not found" } ?? "no violation")
            return lines.joined(separator: "\n")
        }
        if totals.seeds > 1 {
            lines.append("the last events of seed \(failure.seed):")
            lines += failure.trace
        }
        lines.append("seed \(failure.seed): \(failure.options)")
        lines.append("violated at \(failure.virtualMilliseconds) ms, event \(failure.event):")
        lines += failure.violations.map { "  " + $0 }
        if let plant {
            lines.append("the bug \(plant) was found after \(failure.seed &- first &+ 1) seeds")
        } else {
            lines.append("again with: atelier simulate --seed \(failure.seed)")
        }
        return lines.joined(separator: "\n")
    }
}
