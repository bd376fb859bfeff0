import FarmKeys
import FarmModel
import FarmStore
import FarmTransport
import FarmWorker
import Foundation
import Logging
import OrderedCollections
import Testing

@testable import WorkerService

/// The shell around the worker's machine, with engines that are small shell scripts and nobody on the wire.
struct WorkerShellTests {
    private static func attempt(_ index: UInt32) -> TaskAttempt {
        TaskAttempt(task: TaskID(job: JobID(1), index: index), attempt: 1)
    }

    private let spec = TaskSpec(action: .noop, label: "0001", settings: [:])

    /// Runs a test with a shell of one slot whose engine is a script.
    private func withShell(
        _ script: String, stopPatience: Duration = .seconds(10), diskPatience: Duration = .seconds(600),
        _ body: (WorkerShell) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "shell-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/engine.sh"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file)
        let access = AccessFile(
            control: "tcp://127.0.0.1:1", clients: "", server: try CurveKeyPair.make().publicKey, name: "w",
            keys: try CurveKeyPair.make())
        let worker = try #require(WorkerID("w"))
        var configuration = WorkerService.Configuration(
            endpoint: access.control, access: access, worker: worker, host: "host",
            stateFolder: folder + "/state", slots: 1, threads: 1, executable: file, modelsFolder: folder + "/models")
        (configuration.stopPatience, configuration.diskPatience) = (stopPatience, diskPatience)
        let (network, blobThread) = (try SocketLoop(name: "net"), try SocketLoop(name: "blob"))
        let context = try ZMQContext()
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        let shell = try WorkerShell(
            configuration: configuration, logger: logger, network: network, blobThread: blobThread, context: context)
        let result: Result<Void, any Error>
        do { result = .success(try await body(shell)) } catch { result = .failure(error) }
        for slot in shell.slots { await slot.shutDown() }
        await shell.disk.finish()
        await network.stop()
        await blobThread.stop()
        context.terminate()
        try result.get()
    }

    /// Lets a shell hear of what it waits for until something holds.
    private func hear(_ shell: WorkerShell, until isEnough: (WorkerShell.Input) -> Bool) async {
        while true {
            for input in await shell.mailbox.next(upTo: 1) {
                switch input {
                case .gathered(let attempt, let gathered): _ = await shell.launch(attempt, gathered)
                case .engine(.stopped(let attempt)): await shell.release(attempt, keepingCheckpoints: true)
                default: break
                }
                if isEnough(input) { return }
            }
        }
    }

    @Test("An attempt waits for the engine before it to stop, and then takes its slot", .timeLimit(.minutes(5)))
    func waitsForSlot() async throws {
        try await withShell("while read x; do case $x in *stop*) exit 0;; esac; done") { shell in
            let (first, second) = (Self.attempt(0), Self.attempt(1))
            await shell.perform(.startTask(first, spec, resume: nil))
            await hear(shell) { if case .gathered = $0 { true } else { false } }
            #expect(shell.occupied == [first: 0])
            // The machine gives the slot away as soon as it has said stop.
            await shell.perform(.startTask(second, spec, resume: nil))
            await hear(shell) { if case .gathered = $0 { true } else { false } }
            #expect(shell.occupied == [first: 0])
            #expect(shell.waiting.map(\.attempt) == [second])
            await shell.perform(.stopTask(first, reason: "test"))
            await hear(shell) { if case .engine(.stopped(first)) = $0 { true } else { false } }
            #expect(shell.occupied == [second: 0])
            #expect(shell.waiting.isEmpty)
        }
    }

    @Test("An attempt that is stopped before it has a slot never gets one", .timeLimit(.minutes(5)))
    func stoppedEarly() async throws {
        try await withShell("while read x; do :; done") { shell in
            let (first, second, third) = (Self.attempt(0), Self.attempt(1), Self.attempt(2))
            await shell.perform(.startTask(first, spec, resume: nil))
            await shell.perform(.startTask(second, spec, resume: nil))
            await shell.perform(.startTask(third, spec, resume: nil))
            await shell.perform(.stopTask(third, reason: "test"))
            for _ in 0..<3 { await hear(shell) { if case .gathered = $0 { true } else { false } } }
            guard let running = shell.occupied.keys.first, let waiting = shell.waiting.first?.attempt else {
                Issue.record("one is to run, and one to wait")
                return
            }
            #expect(Set([running, waiting]) == [first, second])
            await shell.perform(.suspendTask(waiting))
            await hear(shell) { if case .machine(.engineStopped(waiting)) = $0 { true } else { false } }
            #expect(shell.waiting.isEmpty && shell.occupied == [running: 0])
            await shell.disk.finish()
            #expect(!FileManager.default.fileExists(atPath: shell.outbox.path(of: third)))
            #expect(!FileManager.default.fileExists(atPath: shell.outbox.path(of: waiting)))
        }
    }

    @Test("An entry is said to be durable when it is, and also when it never will be", .timeLimit(.minutes(5)))
    func outbox() async throws {
        try await withShell("exit 0") { shell in
            let entry = OutboxEntry(attempt: Self.attempt(0), outcome: .failed(Failure(.task, "it failed")))
            await shell.perform(.persistOutbox(entry))
            await hear(shell) { if case .machine(.outboxKept(entry.attempt)) = $0 { true } else { false } }
            let kept = try shell.outbox.load()
            #expect(kept == [entry])
            let artifact = Artifact(name: "gone.png", kind: .frame, byteCount: 5, digest: Digest(of: [1]))
            let broken = OutboxEntry(
                attempt: Self.attempt(1), outcome: .succeeded(TaskResult(artifacts: [artifact], wallMilliseconds: 1)))
            await shell.perform(.persistOutbox(broken))
            await hear(shell) { if case .machine(.storageFailed) = $0 { true } else { false } }
            await hear(shell) { if case .machine(.outboxKept(broken.attempt)) = $0 { true } else { false } }
        }
    }

    @Test("A worker leaves although its disk never answers", .timeLimit(.minutes(5)))
    func deadDisk() async throws {
        try await withShell("exit 0", stopPatience: .milliseconds(100)) { shell in
            let isHeld = DispatchSemaphore(value: 0)
            shell.disk.run { isHeld.wait() }
            shell.leave(.init(.immediate, reason: "test"))
            let end = await shell.run()
            #expect(end.left == nil && !end.isClean)
            isHeld.signal()
        }
    }

    /// Holds the thread of the transfers, as a disk does that never answers.
    private actor Holder {
        private let blobs: BlobExchange
        nonisolated var unownedExecutor: UnownedSerialExecutor { blobs.unownedExecutor }
        init(_ blobs: BlobExchange) { self.blobs = blobs }
        func hold(until isFree: DispatchSemaphore, begun: @Sendable () -> Void) {
            begun()
            isFree.wait()
        }
    }

    @Test("A worker does not hang with its transfers, and gives up what they never look at", .timeLimit(.minutes(5)))
    func deadTransfers() async throws {
        try await withShell("exit 0", diskPatience: .milliseconds(50)) { shell in
            let isFree = DispatchSemaphore(value: 0)
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let holder = Holder(shell.blobs)
            let holding = Task { await holder.hold(until: isFree) { begin.yield() } }
            for await _ in begun { break }
            let file = Artifact(name: "a.png", kind: .frame, byteCount: 5, digest: Digest(of: [1]))
            await shell.perform(.sendBlobs(Self.attempt(0), [file]))
            await hear(shell) { if case .machine(.outputLost(Self.attempt(0), _)) = $0 { true } else { false } }
            await shell.perform(.disconnect)
            isFree.signal()
            await holding.value
        }
    }

    @Test("A full mailbox takes an outcome, and no progress")
    func outcomes() async {
        let mailbox = Mailbox<WorkerShell.Input>(capacity: 1)
        let progress = FarmModel.Progress(iteration: 1, iterations: 2, loss: 0, rate: 1)
        mailbox.add(.progress(Self.attempt(0), progress))
        mailbox.add(.progress(Self.attempt(0), progress))
        mailbox.add(.stopped(Self.attempt(0)))
        let taken = await mailbox.next(upTo: 10)
        #expect(taken.count == 2)
        guard case .engine(.stopped)? = taken.last else {
            Issue.record("the outcome is lost")
            return
        }
    }
}
