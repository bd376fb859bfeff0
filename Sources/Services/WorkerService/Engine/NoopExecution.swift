import FarmModel
import Foundation
import Glibc

/// The action `noop`: waits `milliseconds` and writes a small file, to test and measure the farm without pictures.
///
/// An iteration is a hundredth of a second. It drops checkpoints and goes on from them as a render does.
/// `ends_with` makes it end in every way an engine can: `success`, `failure`, `exit`, `crash` or `hang`. In a chain
/// `copies_inputs` appends the files of the task before to its own.
enum NoopExecution {
    private struct Parameters: Decodable {
        var milliseconds: Int?
        var endsWith: End?
        var copiesInputs: Bool?

        enum CodingKeys: String, CodingKey {
            case milliseconds
            case endsWith = "ends_with"
            case copiesInputs = "copies_inputs"
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
            throw EngineFailure(.configuration, "noop settings: \(error)")
        }
        let total = max(0, parameters.milliseconds ?? 0)
        let resumed = try task.resume.map(elapsed(in:))
        try wait(for: total, from: resumed ?? 0, task, wish: wish, report: report)
        try end(parameters.endsWith ?? .success)
        let name = task.label + ".txt"
        do {
            var content = Data((task.settings + "\n").utf8)
            for input in task.inputs where parameters.copiesInputs == true {
                content += try Data(contentsOf: URL(fileURLWithPath: input.path))
            }
            try content.write(to: URL(fileURLWithPath: task.folder).appending(path: name))
        } catch {
            throw EngineFailure(.storage, "cannot write the outputs: \(error)")
        }
        return EngineOutput(
            files: [.init(name: name, kind: "file")],
            metrics: resumed.map { ["resumed_at_iteration": Double($0 / iterationMilliseconds)] } ?? [:],
            facts: [ResultKey.engine: Version.current], wallMilliseconds: 0)
    }

    /// Milliseconds that a checkpoint stands for.
    private static func elapsed(in file: String) throws -> Int {
        let words = ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(whereSeparator: \.isWhitespace)
        if words.count == 2, words[0] == "noop", let elapsed = Int(words[1]), elapsed >= 0 { return elapsed }
        throw EngineFailure(.checkpoint, "the checkpoint of this wait cannot be read")
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
        case .failure: throw EngineFailure(.task, "it was asked to fail")
        case .exit: exit(3)
        case .crash: kill(getpid(), SIGSEGV)
        case .hang: while true { sleep(3600) }
        }
    }
}
