import CoordinatorService
import FarmCoordinator
import FarmModel
import Foundation
import OrderedCollections
import Testing

@testable import WorkerService

/// What a worker hands to its engine and what it makes of the engine's end, with a real coordinator and real sockets.
@Suite(.timeLimit(.minutes(5)))
struct WorkerTests {
    private static func started(_ notice: FarmNotice) -> TaskAttempt? {
        if case .attemptStarted(let lease) = notice { lease.attempt } else { nil }
    }

    private static func succeeded(_ notice: FarmNotice) -> TaskAttempt? {
        if case .taskSucceeded(let lease, _) = notice { lease.attempt } else { nil }
    }

    private static func failure(_ notice: FarmNotice) -> Failure? {
        if case .attemptFailed(_, let failure, _) = notice { failure } else { nil }
    }

    private static func job(_ tasks: Int = 1, _ change: (inout StepSpec) -> Void = { _ in }) -> JobSpec {
        let values = (0..<tasks).map { Settings(dictionaryLiteral: ("number", .integer(Int64($0)))) }
        var step = StepSpec(
            name: "only", action: .noop, space: ParameterSpace(axes: [.init(name: "number", values: values)]))
        change(&step)
        return JobSpec(name: "job", steps: [step])
    }

    private static let key = Digest([UInt8](repeating: 7, count: 32)) ?? { preconditionFailure("32 octets") }()

    @Test("In a chain the engine is handed the files of the task before, fetched from the coordinator")
    func chain() async throws {
        let farm = try await ScriptedFarm(
            onRun: #"before=$(cat $inputs < /dev/null); echo "after <$before>" >> "$log"; finish "of $key""#)
        _ = try await farm.service.submit(Self.job(3) { $0.isChain = true }, key: Self.key)
        for index: UInt32 in 0..<3 { #expect(await farm.next(Self.succeeded)?.task.index == index) }
        #expect(farm.log == ["after <>", "after <of 1/0#1>", "after <of 1/1#1>"])
        try await farm.end()
    }

    @Test("The stall limit of a step bounds the engine's silence, long before the worker's own patience")
    func stall() async throws {
        let progress = #"{"progress":{"key":"'"$key"'","iteration":7,"iterations":9,"loss":1,"rate":1}}"#
        let farm = try await ScriptedFarm(
            onRun: "case \"$key\" in *#1) say '\(progress)'; sleep 3600 ;; *) finish done ;; esac")
        _ = try await farm.service.submit(Self.job { $0.stallMilliseconds = 300 }, key: Self.key)
        let failure = try #require(await farm.next(Self.failure))
        #expect(failure.cause == .hung && failure.message.contains("iteration 7"), "\(failure)")
        #expect(await farm.next(Self.succeeded)?.attempt == 2)
        try await farm.end()
    }

    @Test("An output that is never read to its end fails the attempt for this node")
    func unreadableOutput() async throws {
        // Nobody ever writes to the pipe, so that whoever reads it waits as for a disk that hangs.
        let farm = try await ScriptedFarm(
            onRun: #"finish done > /dev/null; rm "$folder/a.txt"; mkfifo "$folder/a.txt"; say "$end""#
        ) { $0.diskPatience = .milliseconds(1_500) }
        _ = try await farm.service.submit(Self.job(), key: Self.key)
        let failure = try #require(await farm.next(Self.failure))
        #expect(failure.failureClass == .infrastructure && failure.message.contains("does not answer"), "\(failure)")
        try await farm.end()
    }

    @Test("A checkpoint that the coordinator lost or damaged is reported, and the older one is gone on from")
    func unreadableCheckpoint() async throws {
        // The first attempt waits for its end after two checkpoints.
        let farm = try await ScriptedFarm(
            onRun: """
                echo "$key from <$(cat $resume < /dev/null)>" >> "$log"
                case "$key" in
                *#1) drop 1 early; drop 2 middling; drop 3 late; while [ ! -e "$log.go" ]; do sleep 0.01; done; exit 1 ;;
                *) finish done ;;
                esac
                """)
        _ = try await farm.service.submit(Self.job(), key: Self.key)
        var stored: [Checkpoint] = []
        while stored.last?.iteration != 3 {
            let next = await farm.next { notice -> Checkpoint? in
                if case .checkpointStored(_, let checkpoint) = notice { checkpoint } else { nil }
            }
            stored.append(try #require(next))
        }
        // The newest is other octets than it was, as after a fault of the disk.
        try Data("LATE".utf8).write(to: URL(fileURLWithPath: farm.blob(stored[stored.count - 1].digest)))
        try Data().write(to: farm.folder.appending(path: "engine.log.go"))
        #expect(await farm.next(Self.failure)?.cause == .exited(status: 1))
        #expect(await farm.next(Self.failure)?.cause == .checkpointUnreadable)
        #expect(await farm.next(Self.succeeded)?.attempt == 3)
        let older = stored[stored.count - 2].iteration == 2 ? "middling" : "early"
        #expect(farm.log == ["1/0#1 from <>", "1/0#3 from <\(older)>"])
        try await farm.end()
    }

    @Test("An engine that names one file twice has made bad output, and the outbox is empty afterwards")
    func twice() async throws {
        let twice = #""files":[{"kind":"file","name":"a.txt"},{"kind":"file","name":"a.txt"}]"#
        let event =
            #"{"finished":{"key":"'"$key"'","_1":{"# + twice + #","metrics":{},"facts":{},"wallMilliseconds":1}}}"#
        let farm = try await ScriptedFarm(onRun: "echo x > \"$folder/a.txt\"; say '\(event)'")
        var job = Self.job()
        job.retries = RetryBudget(badOutput: 0)
        _ = try await farm.service.submit(job, key: Self.key)
        let failure = try #require(await farm.next(Self.failure))
        #expect(failure.failureClass == .badOutput && failure.message.contains("a.txt"), "\(failure)")
        // Answered for, it goes; the suite's limit ends what would lie there for ever.
        let outbox = farm.folder.appending(path: "worker/outbox").path
        while try FileManager.default.contentsOfDirectory(atPath: outbox) != ["lock"] {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await farm.end()
    }
}
