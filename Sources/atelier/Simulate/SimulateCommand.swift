import ArgumentParser
import FarmModel
import FarmSimulation
import Foundation

/// `atelier simulate`: whole farms in one process under virtual time, made from seeds.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Look for bugs of the farm in simulated ones that are made from seeds.",
        discussion: """
            Each seed is a farm of the real machines and the real wire codec under virtual time. First anything may \
            happen: frames are lost, doubled, overtaken and held back, processes die, stand still or come up twice, \
            disks fail, clocks run wrong, clients change their minds. Then all is well, and every job has to end with \
            each task recorded exactly once. Checkers that see only messages and records watch it.

            One seed is one history: a seed that failed fails again, with the last \
            100 events shown. With --plant a known bug is put in first, to see that it is found.

              atelier simulate --seeds 100000
              atelier simulate --seed 4711

            Exit codes: 0 nothing was found (with --plant: the bug was found); 1 otherwise.
            """)

    @Option(help: ArgumentHelp("Simulate this one farm and show its last events.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Simulate so many farms; 1000 if nothing else is said.", valueName: "n"))
    var seeds: UInt64?

    @Option(help: ArgumentHelp("Simulate farms for so long, from a random seed on.", valueName: "m"))
    var minutes: Double?

    @Option(help: ArgumentHelp("The first seed of --seeds and --minutes.", valueName: "n"))
    var first: UInt64?

    @Option(help: ArgumentHelp("Farms at a time; as many as there are processors if not said.", valueName: "n"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "Put in a bug: \(Plant.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"),
        transform: { name in
            guard let plant = Plant(rawValue: name) else { throw ValidationError("there is no plant \"\(name)\"") }
            return plant
        })
    var plant: Plant?

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    func validate() throws {
        guard seed == nil || (seeds == nil && minutes == nil && first == nil) else {
            throw ValidationError("--seed is one farm; leave out --seeds, --minutes and --first")
        }
        guard seeds.map({ $0 > 0 }) ?? true else { throw ValidationError("--seeds is at least 1") }
        guard minutes.map({ $0 > 0 && $0 <= 100_000 }) ?? true else {
            throw ValidationError("--minutes lies above 0, up to 100000")
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs lies in 1 ... 1024") }
    }

    func run() throws {
        let outcome = seed.map(single) ?? sweep()
        if json {
            print(try JSONText.pretty(outcome))
        } else {
            print(outcome.text)
        }
        if (outcome.failure != nil) != (plant != nil) { throw ExitCode(1) }
    }

    // MARK: - One seed, many seeds

    private func single(_ seed: UInt64) -> SimulationOutcome {
        var simulation = Simulation(seed: seed, plant: plant, isTraced: true)
        announce("seed \(seed): \(simulation.options)")
        let start = ContinuousClock.now
        let report = simulation.run()
        if !json { print(report.trace.joined(separator: "\n")) }
        var totals = SeedSweep.Totals()
        totals.add(report)
        return SimulationOutcome(
            first: seed, plant: plant, totals: totals, seconds: (ContinuousClock.now - start) / .seconds(1),
            failure: report.violations.isEmpty ? nil : SimulationOutcome.Failure(report))
    }

    private func sweep() -> SimulationOutcome {
        // From a seed of its own each time, so that nights add up; printed, so that it can be had again.
        let first = first ?? (minutes == nil ? 0 : UInt64.random(in: 0..<(1 << 48)))
        let count = seeds ?? (minutes == nil ? 1_000 : .max)
        let threads = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        let start = ContinuousClock.now
        let length = minutes.map { "\($0) minutes" } ?? "\(count) seeds"
        announce("\(length) from seed \(first) on, \(threads) at a time")
        let sweep = SeedSweep(
            first: first, count: count, deadline: minutes.map { start + .seconds($0 * 60) }, plant: plant)
        let line = ProgressLine()
        let (totals, failed) = sweep.run(threads: threads) { totals in
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let done = minutes.map { seconds / ($0 * 60) } ?? Double(totals.seeds) / Double(count)
            line.show(
                fraction: done, seconds: seconds,
                "\(totals.seeds) seeds  \(Int(Double(totals.seeds) / max(0.001, seconds)))/s")
        }
        line.clear()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // The same history again, this time with somebody who takes notes.
        let failure = failed.map { seed in
            var simulation = Simulation(seed: seed, plant: plant, isTraced: true)
            return SimulationOutcome.Failure(simulation.run())
        }
        return SimulationOutcome(first: first, plant: plant, totals: totals, seconds: seconds, failure: failure)
    }

    /// Says what is about to happen, before anything can go wrong; beside the outcome if that is read by a program.
    private func announce(_ text: String) {
        let commit = SourceCommit.current.map { ", commit \($0.prefix(12))" } ?? ""
        let plant = plant.map { ", with the bug \($0.rawValue)" } ?? ""
        let line = "\(Version.program) \(Version.current)\(commit)\(plant)\n\(text)\n"
        (json ? FileHandle.standardError : FileHandle.standardOutput).write(Data(line.utf8))
    }
}
