import Foundation
import Logging
import Subprocess
import SystemPackage

/// A worker process of a local farm, started again under the same name when it dies.
///
/// It leads a process group of its own, so that Ctrl-C reaches only the command, and ends when its standard input
/// closes, so that nothing is left when the command is killed.
struct WorkerProcess {
    let executable: String
    let name: String
    let access: String
    let state: String
    let threads: Int
    /// Octets of memory of its engine; nil for what the machine has free.
    let memory: Int?
    let models: String
    let logger: Logger

    /// Keeps a worker running until the task is cancelled, then kills it.
    func keepRunning() async {
        var options = PlatformOptions()
        options.processGroupID = 0
        let arguments =
            [
                "worker", "--farm", access, "--name", name, "--state", state, "--threads", "\(threads)",
                "--models", models, "--exit-with-stdin",
            ] + (memory.map { ["--memory", "\($0)"] } ?? [])
        var quickDeaths = 0
        while !Task.isCancelled, quickDeaths < Limits.quickDeaths {
            let start = ContinuousClock.now
            defer {
                quickDeaths = ContinuousClock.now - start < Limits.quickDeath ? quickDeaths + 1 : 0
            }
            do {
                // A cancelled run kills its process. The open standard input is what keeps the worker alive.
                _ = try await run(
                    .path(FilePath(executable)), arguments: Arguments(arguments), platformOptions: options,
                    input: .inputWriter, output: .sequence, error: .currentStandardError
                ) { execution in
                    for try await _ in execution.standardOutput {}
                }
                guard !Task.isCancelled else { return }
                logger.warning("worker died, starting it again", metadata: ["worker": "\(name)"])
                try? await Task.sleep(for: Limits.workerRestart)
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("worker cannot be run", metadata: ["worker": "\(name)", "error": "\(error)"])
            }
        }
    }
}
