import Dispatch
import FarmSimulation
import Foundation
import Synchronization

/// Many simulated farms side by side, one seed per thread at a time, until one fails or all are done.
final class SeedSweep: Sendable {
    /// What has been simulated so far.
    struct Totals: Encodable, Sendable {
        var seeds: UInt64 = 0
        var events = 0
        var frames = 0
        var commits = 0
        var results = 0
        var faults = 0
        var virtualSeconds: Double = 0

        mutating func add(_ report: SimulationReport) {
            seeds += 1
            events += report.events
            frames += report.frames
            commits += report.commits
            results += report.results
            faults += report.faults
            virtualSeconds += Double(report.milliseconds) / 1000
        }
    }

    private struct State {
        var next: UInt64
        var totals = Totals()
        /// The lowest seed that failed.
        var failed: UInt64?
    }

    private let state: Mutex<State>
    private let first: UInt64
    private let count: UInt64
    private let deadline: ContinuousClock.Instant?
    private let plant: Plant?

    /// A sweep over `count` seeds from `first` on, or fewer if the deadline comes earlier.
    init(first: UInt64, count: UInt64, deadline: ContinuousClock.Instant?, plant: Plant?) {
        self.first = first
        self.count = count
        self.deadline = deadline
        self.plant = plant
        state = Mutex(State(next: 0))
    }

    /// Simulates on so many threads; the lowest seed that failed, if one did.
    ///
    /// Progress is told about five times a second on this thread.
    func run(threads: Int, progress: (Totals) -> Void) -> (totals: Totals, failed: UInt64?) {
        let ended = DispatchSemaphore(value: 0)
        for _ in 0..<threads {
            let thread = Thread {
                self.work()
                ended.signal()
            }
            thread.stackSize = Limits.simulationStack
            thread.start()
        }
        var left = threads
        while left > 0 {
            if ended.wait(timeout: .now() + .milliseconds(200)) == .success { left -= 1 }
            progress(state.withLock { $0.totals })
        }
        return state.withLock { ($0.totals, $0.failed) }
    }

    private func work() {
        while let seed = takeSeed() {
            var simulation = Simulation(seed: seed, plant: plant)
            let report = simulation.run()
            state.withLock { state in
                state.totals.add(report)
                if !report.violations.isEmpty { state.failed = min(state.failed ?? seed, seed) }
            }
        }
    }

    /// Seeds are handed out in order, so all below one that failed have been simulated in the end.
    private func takeSeed() -> UInt64? {
        if let deadline, ContinuousClock.now >= deadline { return nil }
        return state.withLock { state in
            guard state.failed == nil, state.next < count else { return nil }
            defer { state.next += 1 }
            return first &+ state.next
        }
    }
}
