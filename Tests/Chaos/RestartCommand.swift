import ArgumentParser
import FarmModel
import Foundation
import GRDB

/// `chaos restart`: how long a killed coordinator takes to have all its workers back, and whether anything is done again.
struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Kill a coordinator under many workers, start it again, and time the way back.",
        discussion: """
            Every worker is a process of its own with an engine of its own that waits; heartbeats and leases are those \
            of a farm by default.
            """)

    @Option(help: "Worker processes.")
    var workers = 100

    @Option(help: "Tasks in the queue.")
    var tasks = 10_000

    @Option(help: "Milliseconds that each takes.")
    var milliseconds = 30_000

    @Option(help: "Times the coordinator is killed.")
    var rounds = 3

    @Option(help: "Seconds that the coordinator stays away.")
    var away = 0.0

    @OptionGroup var place: PlaceFlags

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    /// What one kill cost.
    struct Round: Codable {
        /// Seconds from the start of the new process until it answers a client.
        var answerSeconds: Double
        /// Seconds from the start of the new process until every worker is back.
        var allBackSeconds: Double
        /// Attempts that ran when it was killed.
        var running: Int
        /// Those of them that their workers hold or have ended when all are back.
        var adopted: Int
    }

    struct Outcome: Codable {
        var workers: Int
        var tasks: Int
        var rounds: [Round]
        /// Tasks that ran when the coordinator was killed and were given out again.
        var runAgain: Int
        var memoryMiB: Double
    }

    func run() async throws {
        Interruption.watch()
        let folder = try place.makeFolder()
        let farm = try PlainFarm(program: try place.program(), folder: folder)
        do {
            let outcome = try await measure(farm)
            await farm.end()
            place.remove(folder)
            print(json ? try JSONText.of(outcome) : table(outcome))
            if outcome.runAgain > 0 || outcome.rounds.contains(where: { $0.allBackSeconds > 10 }) { throw ExitCode(1) }
        } catch {
            await farm.end()
            throw error
        }
    }

    private func measure(_ farm: PlainFarm) async throws -> Outcome {
        try farm.startCoordinator()
        try await farm.startWorkers(workers)
        let job = try await farm.submit(Workload.uniform("many", tasks: tasks, milliseconds: milliseconds))
        _ = try await farm.waitForWorkers(seconds: 120) { $0.count { !$0.held.isEmpty } == workers }
        var outcome = Outcome(workers: workers, tasks: tasks, rounds: [], runAgain: 0, memoryMiB: 0)
        var held: Set<TaskAttempt> = []
        for _ in 0..<rounds {
            let before = try await farm.waitForWorkers(seconds: 120) { $0.count { !$0.held.isEmpty } == workers }
            let running = Set(before.flatMap(\.held))
            held.formUnion(running)
            await farm.killCoordinator()
            try await Task.sleep(for: .seconds(away))
            let start = ContinuousClock.now
            try farm.startCoordinator()
            _ = try await farm.waitForWorkers(seconds: 60) { _ in true }
            let answer = (ContinuousClock.now - start) / .seconds(1)
            let after = try await farm.waitForWorkers(seconds: 120) { $0.count { $0.state == .active } == workers }
            let back = (ContinuousClock.now - start) / .seconds(1)
            let here = Set(after.flatMap(\.held))
            let ended = try await farm.succeeded(of: job, among: running.subtracting(here))
            outcome.rounds.append(
                Round(
                    answerSeconds: answer, allBackSeconds: back, running: running.count,
                    adopted: running.intersection(here).count + ended))
        }
        outcome.memoryMiB = farm.coordinatorMemory
        // Whatever ran at a kill has ended by itself after its duration.
        try await Task.sleep(for: .milliseconds(milliseconds + 5_000))
        await farm.end()
        outcome.runAgain = try runAgain(held, in: farm.state)
        return outcome
    }

    /// Attempts that were followed by another one of the same task.
    private func runAgain(_ held: Set<TaskAttempt>, in state: String) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: state + "/farm.sqlite", configuration: configuration)
        return try queue.read { db in
            try held.count { attempt in
                let last = try Int64.fetchOne(
                    db, sql: "SELECT max(attempt) FROM attempts WHERE job = ? AND idx = ?",
                    arguments: [Int64(attempt.task.job.number), Int64(attempt.task.index)])
                return last != Int64(attempt.attempt)
            }
        }
    }

    private func table(_ outcome: Outcome) -> String {
        var lines = ["\(outcome.workers) worker processes, \(outcome.tasks) tasks of \(milliseconds) ms each"]
        for (number, round) in outcome.rounds.enumerated() {
            lines.append(
                String(
                    format: "kill %d: answers after %.2f s, all workers back after %.2f s, %d of %d running adopted",
                    number + 1, round.answerSeconds, round.allBackSeconds, round.adopted, round.running))
        }
        lines.append("\(outcome.runAgain) tasks run again; coordinator \(Int(outcome.memoryMiB)) MiB")
        return lines.joined(separator: "\n")
    }
}
