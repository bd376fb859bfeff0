import FarmModel
import Foundation
import Logging
import Subprocess
import SystemPackage

/// One engine child process: started with the first task, kept for the next ones, replaced after a crash.
///
/// The engine is a process of its own so that a crash or an out-of-memory kill costs one attempt and not the
/// node, and so that heartbeats never wait for a long step. It leads a process group of its own, so that a Ctrl-C
/// meant for the command does not reach it, and it ends with this process, however that ends. One that hangs is killed.
actor EngineSlot {
    /// How to start an engine.
    struct Launch: Sendable {
        /// Path of the `atelier` executable.
        var executable: String
        /// Threads of its tensor backend.
        var threads: Int
        /// Octets of memory that it may take; nil for what the machine has free.
        var memory: Int?
        /// How long it may be silent.
        var patience = HangWatch.Patience()
        /// How long it may take to stop.
        var stopGrace: Duration = Limits.engineStopGrace
        /// Reads who was killed for lack of memory.
        var evidence: @Sendable () -> MemoryEvidence = { .current() }
    }

    /// What a slot reports of its attempt; exactly one outcome follows each `start`.
    enum Report: Sendable {
        case progress(TaskAttempt, FarmModel.Progress)
        case checkpoint(TaskAttempt, EngineCheckpoint)
        case finished(TaskAttempt, EngineOutput)
        case failed(TaskAttempt, Failure)
        /// This node's disk is to blame.
        case storageFailed(TaskAttempt, String)
        case stopped(TaskAttempt)
    }

    private typealias Process = Execution<CustomWriteInput, SequenceOutput, FileDescriptorOutput>

    private let launch: Launch
    private let logger: Logger
    private let report: @Sendable (Report) -> Void
    private let clock = SuspendingClock()
    private var current: TaskAttempt? {
        didSet { if current == nil { watching?.cancel() } }
    }
    private var watching: Task<Void, Never>?
    private var stopRequested = false
    private var watch: HangWatch?
    /// How the present process was ended by this slot, if it was.
    private var ending: EngineEnd?
    private var before = MemoryEvidence(kills: [:])
    private var peakBytes: Int64?
    private var backlog: [EngineCommand] = []
    private var execution: Process?
    private var lifetime: Task<Void, Never>?
    private var isShutDown = false
    /// Whether the present process was killed and does not end, as one that waits for a disk.
    private var isCondemned = false

    init(launch: Launch, logger: Logger, report: @escaping @Sendable (Report) -> Void) {
        self.launch = launch
        self.logger = logger
        self.report = report
    }

    /// Executes a task; the slot must be free.
    ///
    /// `stall` is the silence that the task allows, where it says.
    func start(_ attempt: TaskAttempt, _ task: EngineTask, stall: Duration? = nil) async {
        precondition(current == nil, "the slot runs \(current?.description ?? "")")
        current = attempt
        stopRequested = false
        before = launch.evidence()
        watch = HangWatch(launch.patience, stall: stall, at: clock.now)
        watching = Task { await self.look(after: attempt) }
        await send(.run(task))
    }

    /// Asks the engine to stop between two iterations, and kills it if it has not within the grace.
    func stop(_ attempt: TaskAttempt) async {
        guard current == attempt, !stopRequested else { return }
        stopRequested = true
        await send(.stop(key: attempt.description))
        Task {
            try? await Task.sleep(for: launch.stopGrace)
            self.killIfStubborn(attempt)
        }
    }

    /// Kills the engine; that is no failure of the attempt.
    func kill(_ attempt: TaskAttempt) {
        guard current == attempt else { return }
        stopRequested = true
        if isCondemned {
            // The process that hears of it does not exist yet.
            (current, backlog) = (nil, [])
            return report(.stopped(attempt))
        }
        try? execution?.send(signal: .kill, toProcessGroup: true)
        // One that is about to start finds out when it has.
        if execution == nil { ending = ending ?? .killed }
    }

    /// Asks the engine to drop a checkpoint after the present iteration and to stop then.
    func suspend(_ attempt: TaskAttempt) async {
        guard current == attempt, !stopRequested else { return }
        await send(.suspend(key: attempt.description))
    }

    /// Ends the process at once.
    func shutDown() async {
        isShutDown = true
        current = nil
        try? execution?.send(signal: .kill, toProcessGroup: true)
        await lifetime?.value
    }

    private func killIfStubborn(_ attempt: TaskAttempt) {
        guard current == attempt, stopRequested else { return }
        logger.warning("engine does not stop, killing it", metadata: ["attempt": "\(attempt)"])
        kill(attempt)
    }

    /// Kills the engine when nothing was heard of it for too long.
    private func look(after attempt: TaskAttempt) async {
        while current == attempt, let watch {
            let now = clock.now
            if watch.deadline <= now {
                let end = EngineEnd.hung(
                    seconds: Int((watch.limit / .seconds(1)).rounded(.up)), iteration: watch.iteration)
                logger.warning("\(end.description), killing it", metadata: ["attempt": "\(attempt)"])
                ending = end
                // A process that never came up has nothing to kill: its task ends with the attempt to start it.
                try? execution?.send(signal: .kill, toProcessGroup: true)
                try? await Task.sleep(for: launch.stopGrace)
                guard current == attempt else { return }
                logger.error("the engine does not even end when it is killed", metadata: ["attempt": "\(attempt)"])
                isCondemned = true
                return fail(end.failure)
            }
            // The first step brings the deadline nearer.
            try? await Task.sleep(until: min(watch.deadline, now + Limits.watchInterval), clock: clock)
        }
    }

    private func send(_ command: EngineCommand) async {
        guard let execution, !isCondemned else {
            backlog.append(command)
            if lifetime == nil { lifetime = Task { await self.superviseProcess() } }
            return
        }
        let line: [UInt8]
        do { line = try EngineLine.encode(command) } catch {
            // An engine that hears of nothing does nothing.
            return fail(Failure(.infrastructure, "the engine cannot be told of its task: \(error)"))
        }
        // A write that fails means the process is ending; its end is reported by the supervision below.
        _ = try? await execution.standardInputWriter.write(line)
    }

    private func fail(_ failure: Failure) {
        guard let attempt = current else { return }
        current = nil
        report(.failed(attempt, failure))
    }

    /// Runs one process to its end; if a task was running then, it failed with it.
    private func superviseProcess() async {
        var options = PlatformOptions()
        options.processGroupID = 0
        let arguments =
            ["engine", "--threads", "\(launch.threads)", "--parent", "\(getpid())"]
            + (launch.memory.map { ["--memory", "\($0)"] } ?? [])
        var end: EngineEnd
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
            end = describe(result.terminationStatus)
        } catch {
            end = .unusable("\(error)")
        }
        if let ending { end = ending }
        (execution, lifetime, ending, peakBytes) = (nil, nil, nil, nil)
        guard !isCondemned else {
            // Its task was given up before; what came since is for the next process.
            isCondemned = false
            if !backlog.isEmpty { lifetime = Task { await self.superviseProcess() } }
            return
        }
        backlog = []
        if let attempt = current {
            current = nil
            report(stopRequested ? .stopped(attempt) : .failed(attempt, end.failure))
        }
    }

    private func attach(_ execution: Process) async {
        self.execution = execution
        let waiting = backlog
        backlog = []
        for command in waiting { await send(command) }
        if isShutDown || ending != nil { try? execution.send(signal: .kill, toProcessGroup: true) }
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
        peakBytes = execution.flatMap { MemoryEvidence.peakBytes(of: $0.processIdentifier.value) } ?? peakBytes
        if case .progress = event {} else { watch?.heard(iteration: nil, at: clock.now) }
        switch event {
        case .progress(key, let iteration, let iterations, let loss, let rate):
            let progress = FarmModel.Progress(
                iteration: UInt32(clamping: iteration), iterations: UInt32(clamping: iterations), loss: loss, rate: rate
            )
            watch?.heard(iteration: progress.iteration, at: clock.now)
            report(.progress(attempt, progress))
        case .checkpoint(key, let checkpoint):
            report(.checkpoint(attempt, checkpoint))
        case .note(key, let message):
            logger.warning("\(message)", metadata: ["attempt": "\(attempt)"])
        case .finished(key, var output):
            current = nil
            output.metrics["engine_peak_bytes"] = peakBytes.map(Double.init)
            report(.finished(attempt, output))
        case .failed(key, .storage, let message):
            current = nil
            report(.storageFailed(attempt, message))
        case .failed(key, let kind, let message):
            current = nil
            report(.failed(attempt, kind.failure(message)))
        case .stopped(key):
            current = nil
            report(.stopped(attempt))
        case .progress, .checkpoint, .note, .finished, .failed, .stopped:
            logger.debug("event of an earlier task ignored")
        }
    }

    private func describe(_ status: TerminationStatus) -> EngineEnd {
        switch status {
        case .exited(let code): .exited(code)
        case .signaled(let signal) where signal == SIGKILL:
            launch.evidence().hasRisen(since: before) ? .outOfMemory(peakBytes: peakBytes) : .killed
        case .signaled(let signal): .crashed(signal)
        }
    }
}
