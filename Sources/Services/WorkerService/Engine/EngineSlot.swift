import FarmModel
import Foundation
import Logging
import Subprocess
import SystemPackage

/// One engine child process: started with the first task, kept for the next ones, replaced after a crash.
///
/// The engine is a process of its own so that a crash or an out-of-memory kill costs one attempt and not the
/// node, and so that heartbeats never wait for a long step. It leads a process group of its own, so that a Ctrl-C
/// meant for the command does not reach it, and it ends by itself when its standard input closes.
actor EngineSlot {
    /// How to start an engine.
    struct Launch: Sendable {
        /// Path of the `atelier` executable.
        var executable: String
        /// Threads of its tensor backend.
        var threads: Int
    }

    /// What a slot reports of its attempt; exactly one outcome follows each `start`.
    enum Report: Sendable {
        case progress(TaskAttempt, FarmModel.Progress)
        case finished(TaskAttempt, EngineOutput)
        case failed(TaskAttempt, Failure)
        case stopped(TaskAttempt)
    }

    private let launch: Launch
    private let logger: Logger
    private let report: @Sendable (Report) -> Void
    private var current: TaskAttempt?
    private var stopRequested = false
    private var backlog: [EngineCommand] = []
    private var execution: Execution<CustomWriteInput, SequenceOutput, FileDescriptorOutput>?
    private var lifetime: Task<Void, Never>?
    private var isShutDown = false

    init(launch: Launch, logger: Logger, report: @escaping @Sendable (Report) -> Void) {
        self.launch = launch
        self.logger = logger
        self.report = report
    }

    /// Executes a task; the slot must be free.
    func start(_ attempt: TaskAttempt, _ task: EngineTask) async {
        precondition(current == nil, "the slot runs \(current?.description ?? "")")
        current = attempt
        stopRequested = false
        await send(.run(task))
    }

    /// Asks the engine to stop between two iterations, and kills it if it has not within the grace.
    func stop(_ attempt: TaskAttempt) async {
        guard current == attempt, !stopRequested else { return }
        stopRequested = true
        await send(.stop(key: attempt.description))
        Task {
            try? await Task.sleep(for: Limits.engineStopGrace)
            self.kill(attempt)
        }
    }

    /// Ends the process at once.
    func shutDown() async {
        isShutDown = true
        current = nil
        try? execution?.send(signal: .kill)
        await lifetime?.value
    }

    private func kill(_ attempt: TaskAttempt) {
        guard current == attempt, stopRequested else { return }
        logger.warning("engine does not stop, killing it", metadata: ["attempt": "\(attempt)"])
        try? execution?.send(signal: .kill)
    }

    private func send(_ command: EngineCommand) async {
        guard let execution else {
            backlog.append(command)
            if lifetime == nil { lifetime = Task { await self.superviseProcess() } }
            return
        }
        // A write that fails means the process is ending; its end is reported by the supervision below.
        if let line = try? EngineLine.encode(command) { _ = try? await execution.standardInputWriter.write(line) }
    }

    /// Runs one process to its end; if a task was running then, it failed with it.
    private func superviseProcess() async {
        var options = PlatformOptions()
        options.processGroupID = 0
        let arguments = ["engine", "--threads", "\(launch.threads)"]
        var end = "the engine ended"
        do {
            let result = try await run(
                .path(FilePath(launch.executable)), arguments: Arguments(arguments), platformOptions: options,
                input: .inputWriter, output: .sequence, error: .currentStandardError
            ) { execution in
                await self.attach(execution)
                for try await line in execution.standardOutput.strings(
                    bufferingPolicy: .maxLineLength(Limits.engineLineBytes))
                {
                    self.receive(line)
                }
            }
            end = EngineSlot.describe(result.terminationStatus)
        } catch {
            end = "the engine could not be run: \(error)"
        }
        execution = nil
        lifetime = nil
        backlog = []
        if let attempt = current {
            current = nil
            if stopRequested {
                report(.stopped(attempt))
            } else {
                report(.failed(attempt, Failure(.infrastructure, end)))
            }
        }
    }

    private func attach(_ execution: Execution<CustomWriteInput, SequenceOutput, FileDescriptorOutput>) async {
        self.execution = execution
        let waiting = backlog
        backlog = []
        for command in waiting { await send(command) }
        if isShutDown { try? execution.send(signal: .kill) }
    }

    private func receive(_ line: String) {
        guard let attempt = current else { return }
        let key = attempt.description
        let event: EngineEvent
        do {
            event = try EngineLine.decode(line)
        } catch {
            logger.warning("engine wrote a line that is no event", metadata: ["line": "\(line.prefix(200))"])
            return
        }
        switch event {
        case .progress(key, let iteration, let iterations, let loss, let rate):
            let progress = FarmModel.Progress(
                iteration: UInt32(clamping: iteration), iterations: UInt32(clamping: iterations), loss: loss, rate: rate
            )
            report(.progress(attempt, progress))
        case .finished(key, let output):
            current = nil
            report(.finished(attempt, output))
        case .failed(key, let failureClass, let message):
            current = nil
            report(.failed(attempt, Failure(Failure.Class(rawValue: failureClass) ?? .task, message)))
        case .stopped(key):
            current = nil
            report(.stopped(attempt))
        case .progress, .finished, .failed, .stopped:
            logger.debug("event of an earlier task ignored")
        }
    }

    private static func describe(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "the engine exited with code \(code)"
        case .signaled(let signal) where signal == SIGKILL:
            "the engine was killed (signal 9: out of memory, or by hand)"
        case .signaled(let signal): "the engine crashed with signal \(signal)"
        }
    }
}
