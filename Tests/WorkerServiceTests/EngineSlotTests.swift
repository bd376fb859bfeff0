import FarmModel
import Foundation
import Logging
import Synchronization
import Testing

@testable import WorkerService

/// The supervisor of an engine, with engines that are small shell scripts: they end in every way a process can.
struct EngineSlotTests {
    private static let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
    private static let next = TaskAttempt(task: TaskID(job: JobID(1), index: 1), attempt: 1)

    /// A slot whose engine is a script, and what it reports.
    private final class Bench: Sendable {
        let slot: EngineSlot
        private let reports: AsyncStream<EngineSlot.Report>
        private let file: String

        init(
            _ script: String, patience: HangWatch.Patience = .init(), stopGrace: Duration = .seconds(10),
            kills: [Int] = [0]
        ) throws {
            file = FileManager.default.temporaryDirectory.appending(path: "engine-\(UUID().uuidString).sh").path
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file)
            let (reports, sink) = AsyncStream.makeStream(of: EngineSlot.Report.self)
            self.reports = reports
            var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .critical
            let counter = Counter(kills)
            let launch = EngineSlot.Launch(
                executable: file, threads: 1, patience: patience, stopGrace: stopGrace,
                evidence: { MemoryEvidence(kills: ["machine": counter.next()]) })
            slot = EngineSlot(launch: launch, logger: logger) { sink.yield($0) }
        }

        deinit {
            for path in [file, file + ".go"] { try? FileManager.default.removeItem(atPath: path) }
        }

        /// Lets a script go on that waits for a file beside it.
        func go() throws { try Data().write(to: URL(fileURLWithPath: file + ".go")) }

        func start(_ attempt: TaskAttempt, stall: Duration? = nil) async {
            let task = EngineTask(key: attempt.description, action: "noop", label: "0001", settings: "{}", folder: "/")
            await slot.start(attempt, task, stall: stall)
        }

        /// The next report that is no progress.
        func outcome() async -> EngineSlot.Report? {
            for await report in reports {
                if case .progress = report { continue }
                return report
            }
            return nil
        }

        /// Waits for a sign of progress.
        func progress() async {
            for await report in reports {
                if case .progress = report { return }
            }
        }

        func message() async -> String {
            guard case .failed(_, let failure)? = await outcome() else { return "no failure" }
            return failure.failureClass == .infrastructure ? failure.message : "wrong class: \(failure)"
        }
    }

    /// Gives one number after another, the last one for ever.
    private final class Counter: Sendable {
        private let numbers: Mutex<[Int]>
        init(_ numbers: [Int]) { self.numbers = Mutex(numbers) }
        func next() -> Int { numbers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
    }

    private static let progress = #"echo '{"progress":{"key":"1/0#1","iteration":7,"iterations":9,"loss":1,"rate":1}}'"#

    @Test(
        "A crash, a kill and an exit are named as what they are",
        arguments: [
            ("read x; kill -SEGV $$", [0], "the engine crashed with SIGSEGV (signal 11)"),
            ("read x; kill -ABRT $$", [0], "the engine crashed with SIGABRT (signal 6)"),
            ("read x; kill -BUS $$", [0], "the engine crashed with SIGBUS (signal 7)"),
            ("read x; exit 3", [0], "the engine exited with code 3"),
            ("read x; kill -KILL $$", [4, 4], EngineEnd.killed.description),
        ])
    func ends(script: String, kills: [Int], expected: String) async throws {
        let bench = try Bench(script, kills: kills)
        await bench.start(Self.attempt)
        #expect(await bench.message() == expected)
        // The next task gets a new process.
        await bench.start(Self.next)
        #expect(await bench.message() == expected)
        await bench.slot.shutDown()
    }

    @Test("A kill is for lack of memory when the kernel has counted one meanwhile, and the peak is said")
    func outOfMemory() async throws {
        // It dies when it is spoken to again, which is after its memory was looked at.
        let bench = try Bench("read x; \(Self.progress); read y; kill -KILL $$", kills: [4, 5])
        await bench.start(Self.attempt)
        await bench.progress()
        await bench.slot.suspend(Self.attempt)
        let message = await bench.message()
        #expect(message.hasPrefix("the engine was killed for lack of memory when it had at least"))
        await bench.slot.shutDown()
    }

    @Test("An engine that is silent for too long is killed, and the iteration it hung at is said")
    func hang() async throws {
        let bench = try Bench(
            "while read x; do \(Self.progress); sleep 3600 & wait; done",
            patience: .init(floor: .milliseconds(300), first: .seconds(3600)))
        await bench.start(Self.attempt)
        #expect(await bench.message() == "the engine hung: nothing was heard of it for 1 s at iteration 7")
        await bench.slot.shutDown()
    }

    @Test("A stopped engine hangs too, and a task's own stall limit counts")
    func stall() async throws {
        let bench = try Bench("read x; \(Self.progress); kill -STOP $$", patience: .init(floor: .seconds(3600)))
        await bench.start(Self.attempt, stall: .milliseconds(200))
        // Before the first step a node's own patience counts; the progress above ends that.
        #expect(await bench.message() == "the engine hung: nothing was heard of it for 1 s at iteration 7")
        await bench.slot.shutDown()
    }

    @Test("An engine that does not even end when it is killed fails its task, and the next task waits for another")
    func immortal() async throws {
        // It leaves the process group that is killed, and so outlives that as a process does that waits for a disk.
        let bench = try Bench(
            #"""
            if [ -e "$0.go" ]; then read x; exit 3; fi
            if [ -z "$HAS_LEFT" ]; then
                export HAS_LEFT=1
                exec perl -e 'setpgrp(0, getpgrp(getppid())); exec @ARGV' "$0"
            fi
            read x; \#(Self.progress)
            while [ -e "$0" ] && [ ! -e "$0.go" ]; do sleep 0.02; done
            """#, patience: .init(floor: .milliseconds(300), first: .seconds(3600)), stopGrace: .milliseconds(100))
        await bench.start(Self.attempt)
        #expect(await bench.message() == "the engine hung: nothing was heard of it for 1 s at iteration 7")
        await bench.start(Self.next)
        try bench.go()
        #expect(await bench.message() == "the engine exited with code 3")
        await bench.slot.shutDown()
    }

    @Test("An engine that does not stop is killed after the grace, and that is no failure")
    func stubborn() async throws {
        let bench = try Bench("while true; do sleep 0.05; done", stopGrace: .milliseconds(100))
        await bench.start(Self.attempt)
        await bench.slot.stop(Self.attempt)
        guard case .stopped(Self.attempt)? = await bench.outcome() else {
            Issue.record("it was not stopped")
            return
        }
        await bench.slot.shutDown()
    }

    @Test("A checkpoint is passed on, and a full disk is told from a failure of the task")
    func reports() async throws {
        let checkpoint = EngineCheckpoint(iteration: 3, file: "checkpoint-3", byteCount: 9, sha256: "ab")
        let line = String(
            decoding: try EngineLine.encode(EngineEvent.checkpoint(key: "1/0#1", checkpoint)), as: UTF8.self)
        let failure = #"{"failed":{"key":"1/0#1","kind":"storage","message":"full"}}"#
        let bench = try Bench("read x; printf '%s' '\(line)'; echo '\(failure)'; read x")
        await bench.start(Self.attempt)
        guard case .checkpoint(Self.attempt, checkpoint)? = await bench.outcome(),
            case .storageFailed(Self.attempt, "full")? = await bench.outcome()
        else {
            Issue.record("the reports were others")
            return
        }
        await bench.slot.shutDown()
    }

    @Test("An engine that cannot be started fails the attempt with a reason")
    func missing() async throws {
        let bench = try Bench("exit 0")
        let launch = EngineSlot.Launch(executable: "/nonexistent/atelier", threads: 1)
        let (reports, sink) = AsyncStream.makeStream(of: EngineSlot.Report.self)
        let slot = EngineSlot(launch: launch, logger: Logger(label: "test")) { sink.yield($0) }
        let task = EngineTask(key: Self.attempt.description, action: "noop", label: "1", settings: "{}", folder: "/")
        await slot.start(Self.attempt, task)
        var iterator = reports.makeAsyncIterator()
        guard case .failed(_, let failure)? = await iterator.next() else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.message.hasPrefix("the engine could not be run"))
        await bench.slot.shutDown()
    }
}

struct HangWatchTests {
    private let start = SuspendingClock().now

    @Test("The limit is generous before the first step, and a multiple of the longest pause after it")
    func limits() {
        var watch = HangWatch(.init(floor: .seconds(100)), at: start)
        #expect(watch.deadline == start + .seconds(500))
        watch.heard(iteration: 1, at: start + .seconds(400))
        #expect(watch.deadline == start + .seconds(500) && watch.iteration == 1)
        watch.heard(iteration: 2, at: start + .seconds(410))
        #expect(watch.deadline == start + .seconds(610))
        watch.heard(iteration: nil, at: start + .seconds(420))
        #expect(watch.deadline == start + .seconds(620) && watch.iteration == 2)
    }

    @Test("A task's own limit replaces the node's, but not before the first step")
    func ownLimit() {
        var watch = HangWatch(.init(floor: .seconds(100)), stall: .seconds(7), at: start)
        #expect(watch.limit == .seconds(500))
        watch.heard(iteration: 1, at: start + .seconds(1))
        watch.heard(iteration: 2, at: start + .seconds(9))
        #expect(watch.deadline == start + .seconds(16))
    }

    @Test("Counters of the kernel are read, and only one that rises is evidence")
    func evidence() {
        let text = "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n"
        #expect(SystemFile.count("oom_kill", in: text) == 2 && SystemFile.count("oom_kill", in: "") == nil)
        let (before, after) = (MemoryEvidence(kills: ["/": 2, "machine": 7]), MemoryEvidence(kills: ["/": 3]))
        #expect(after.hasRisen(since: before) && !before.hasRisen(since: before))
        // A counter that was not there before says nothing.
        #expect(!MemoryEvidence(kills: ["new": 9]).hasRisen(since: before))
        #expect((MemoryEvidence.peakBytes(of: getpid()) ?? 0) > 1 << 20)
    }
}
