import FarmModel
import Foundation

/// The action `noop`: waits `milliseconds` and writes a small file, to test and measure the farm without pictures.
enum NoopExecution {
    private struct Parameters: Decodable {
        var milliseconds: Int?
    }

    static func run(_ task: EngineTask, shouldStop: () -> Bool) throws -> EngineOutput {
        let parameters: Parameters
        do {
            parameters = try JSONDecoder().decode(Parameters.self, from: Data(task.settings.utf8))
        } catch {
            throw EngineFailure(failureClass: "configuration", message: "noop settings: \(error)")
        }
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(max(0, parameters.milliseconds ?? 0))
        while clock.now < end {
            if shouldStop() { throw EngineStopped() }
            Thread.sleep(forTimeInterval: min(0.02, max(0, (end - clock.now) / .seconds(1))))
        }
        let name = task.label + ".txt"
        try Data((task.settings + "\n").utf8).write(to: URL(fileURLWithPath: task.folder).appending(path: name))
        return EngineOutput(
            files: [.init(name: name, kind: "file")], metrics: [:], facts: ["engine": Version.current],
            wallMilliseconds: 0)
    }
}
