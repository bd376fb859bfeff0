import FarmModel
import Foundation
import Glibc

/// The action `noop`: waits `milliseconds` and writes a small file, to test and measure the farm without pictures.
///
/// An iteration is a hundredth of a second. It drops checkpoints and goes on from them as a render does, and
/// `ends_with` makes it end in every way an engine can: `success`, `failure`, `exit`, `crash` or `hang`.
enum NoopExecution {
    private struct Parameters: Decodable {
        var milliseconds: Int?
        var endsWith: End?

        enum CodingKeys: String, CodingKey {
            case milliseconds
            case endsWith = "ends_with"
        }

        enum End: String, Decodable { case success, failure, exit, crash, hang }
    }

    private static let iterationMilliseconds = 10

    static func run(
        _ task: EngineTask, wish: () -> EngineWish, report: (EngineEvent) -> Void
    ) throws -> EngineOutput {
        let parameters: Parameters
        do {
            parameters = try JSONDecoder().decode(Parameters.self, from: Data(task.settings.utf8))
        } catch {
            throw EngineFailure(failureClass: "configuration", message: "noop settings: \(error)")
        }
        let total = max(0, parameters.milliseconds ?? 0)
        let resumed = task.resume.flatMap { elapsed(in: $0, report, task) }
        try wait(for: total, from: resumed ?? 0, task, wish: wish, report: report)
        try end(parameters.endsWith ?? .success)
        let name = task.label + ".txt"
        do {
            try Data((task.settings + "\n").utf8).write(to: URL(fileURLWithPath: task.folder).appending(path: name))
        } catch {
            throw EngineFailure(failureClass: "storage", message: "cannot write the outputs: \(error)")
        }
        return EngineOutput(
            files: [.init(name: name, kind: "file")],
            metrics: resumed.map { ["resumed_at_iteration": Double($0 / iterationMilliseconds)] } ?? [:],
            facts: ["engine": Version.current], wallMilliseconds: 0)
    }

    /// Milliseconds that a checkpoint stands for; nil, with a note, if it cannot be read.
    private static func elapsed(in file: String, _ report: (EngineEvent) -> Void, _ task: EngineTask) -> Int? {
        let words = ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(whereSeparator: \.isWhitespace)
        if words.count == 2, words[0] == "noop", let elapsed = Int(words[1]), elapsed >= 0 { return elapsed }
        report(.note(key: task.key, message: "the wait starts afresh: its checkpoint cannot be read"))
        return nil
    }

    private static func wait(
        for total: Int, from before: Int, _ task: EngineTask, wish: () -> EngineWish, report: (EngineEvent) -> Void
    ) throws {
        let clock = ContinuousClock()
        let start = clock.now
        var writer = task.checkpoints.map(CheckpointWriter.init)
        var pace = Pace()
        while true {
            let elapsed = before + Int((clock.now - start) / .milliseconds(1))
            let iteration = min(elapsed, total) / iterationMilliseconds
            let wish = wish()
            if wish == .stop { throw EngineStopped() }
            guard elapsed < total else { return }
            if iteration > before / iterationMilliseconds, wish == .suspend || writer?.isDue == true {
                let bytes = Array("noop \(iteration * iterationMilliseconds)\n".utf8)
                if let dropped = try writer?.write({ bytes }, iteration: iteration) {
                    report(.checkpoint(key: task.key, dropped))
                }
            }
            if wish == .suspend { throw EngineStopped() }
            if let rate = pace.tick() {
                report(
                    .progress(
                        key: task.key, iteration: iteration, iterations: total / iterationMilliseconds, loss: 0,
                        rate: rate))
            }
            Thread.sleep(forTimeInterval: Double(min(iterationMilliseconds, total - elapsed)) / 1000)
        }
    }

    private static func end(_ end: Parameters.End) throws {
        switch end {
        case .success: return
        case .failure: throw EngineFailure(failureClass: "task", message: "it was asked to fail")
        case .exit: exit(3)
        case .crash: kill(getpid(), SIGSEGV)
        case .hang: while true { sleep(3600) }
        }
    }
}
