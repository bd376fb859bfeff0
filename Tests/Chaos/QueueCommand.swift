import ArgumentParser
import FarmModel
import Foundation

/// `chaos queue`: what a long queue costs one coordinator.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Submit a long queue, kill the coordinator, start it again, and measure time and memory.")

    @Option(help: "Tasks in the queue.")
    var tasks = 1_000_000

    @OptionGroup var place: PlaceFlags

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    struct Outcome: Codable {
        var tasks: Int
        var submitSeconds: Double
        var memoryMiB: Double
        var restartSeconds: Double
        var memoryAfterRestartMiB: Double
    }

    func run() async throws {
        Interruption.watch()
        let folder = try place.makeFolder()
        let farm = try PlainFarm(program: try place.program(), folder: folder)
        do {
            let outcome = try await measure(farm)
            await farm.end()
            place.remove(folder)
            print(
                json
                    ? try JSONText.of(outcome)
                    : String(
                        format: "%d tasks: submitted in %.2f s, %.1f MiB; restarted in %.2f s, %.1f MiB", tasks,
                        outcome.submitSeconds, outcome.memoryMiB, outcome.restartSeconds,
                        outcome.memoryAfterRestartMiB))
            let isMet =
                outcome.submitSeconds <= 20 && outcome.restartSeconds <= 10
                && max(outcome.memoryMiB, outcome.memoryAfterRestartMiB) < 300
            if !isMet { throw ExitCode(1) }
        } catch {
            await farm.end()
            throw error
        }
    }

    private func measure(_ farm: PlainFarm) async throws -> Outcome {
        try farm.startCoordinator()
        _ = try await farm.waitForWorkers(seconds: 30) { _ in true }
        let begin = ContinuousClock.now
        let job = try await farm.submit(Workload.uniform("queue", tasks: tasks, milliseconds: 10))
        let submitted = (ContinuousClock.now - begin) / .seconds(1)
        let memory = farm.coordinatorMemory
        await farm.killCoordinator()
        let start = ContinuousClock.now
        try farm.startCoordinator()
        let status = try await farm.status(of: job, seconds: 60)
        let restarted = (ContinuousClock.now - start) / .seconds(1)
        guard Int(status.total) >= tasks else {
            throw FarmClient.NoAnswer(description: "\(status.total) of \(tasks) tasks came back")
        }
        return Outcome(
            tasks: Int(status.total), submitSeconds: submitted, memoryMiB: memory, restartSeconds: restarted,
            memoryAfterRestartMiB: farm.coordinatorMemory)
    }
}

/// Values as JSON text.
enum JSONText {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
