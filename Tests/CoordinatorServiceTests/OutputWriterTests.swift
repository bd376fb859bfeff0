import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging
import OrderedCollections
import Testing

@testable import CoordinatorService

/// Folders of ended jobs: owed until their final manifest is in place, whatever is in the way meanwhile.
struct OutputWriterTests {
    /// A store with jobs of three pictures, and a writer on its output folder that tries again at once.
    private final class Fixture {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-writer-\(UUID().uuidString)")
        let store: FarmStore
        let writer: OutputWriter
        let announced: AsyncStream<(JobStatus, JobOutputs)>
        private let loop: SocketLoop
        private var running: Task<Void, Never>?

        init() throws {
            store = try FarmStore(folder: folder.appending(path: "state").path, blobs: .init(freeReserveBytes: 0))
            loop = try SocketLoop(name: "out")
            let news = AsyncStream.makeStream(of: (JobStatus, JobOutputs).self)
            announced = news.stream
            writer = OutputWriter(
                on: loop, store: store, output: folder.appending(path: "out").path,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, rest: 1,
                complete: { news.continuation.yield(($0, $1)) })
        }

        func start() { running = Task { [writer] in await writer.run() } }

        func end() async throws {
            writer.orders.close()
            await writer.close([])
            await running?.value
            await loop.stop()
            try store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        func out(_ path: String) -> URL { folder.appending(path: "out/\(path)") }

        func submit(_ spec: JobSpec, as number: UInt64 = 1) throws {
            let digest = FarmModel.Digest([UInt8](repeating: UInt8(number), count: 32))
            let key = try #require(digest)
            try store.commit([.jobSubmitted(JobID(number), spec, key: key, at: WallTime(milliseconds: 1))])
        }

        func lease(_ index: UInt32, _ attempt: UInt32 = 1) throws -> Lease {
            let task = TaskID(job: JobID(1), index: index)
            return Lease(
                attempt: TaskAttempt(task: task, attempt: attempt), worker: try #require(WorkerID("w")))
        }

        /// Records that a task of job 1 succeeded with one picture.
        func succeed(_ index: UInt32, attempt: UInt32 = 1) throws {
            let bytes = Array("picture \(index)".utf8)
            let artifact = Artifact(
                name: "\(index).png", kind: .frame, byteCount: Int64(bytes.count), digest: try store.blobs.insert(bytes)
            )
            let lease = try lease(index, attempt)
            try store.commit([
                .attemptStarted(lease, at: WallTime(milliseconds: 2)),
                .taskSucceeded(
                    lease, TaskResult(artifacts: [artifact], wallMilliseconds: 1), at: WallTime(milliseconds: 3)),
            ])
        }

        func fail(_ index: UInt32) throws {
            try store.commit([
                .attemptStarted(try lease(index), at: WallTime(milliseconds: 2)),
                .taskFailed(
                    TaskID(job: JobID(1), index: index), Failure(.task, "no"), at: WallTime(milliseconds: 3)),
            ])
        }

        func manifest(_ job: String = "sweep") throws -> Manifest {
            let path = out("\(job)/manifest.json")
            return try Manifest(decoding: try Data(contentsOf: path), at: path.path)
        }

        /// The next announcement, with the bell rung as the service's clock does.
        func announcement() async -> (JobStatus, JobOutputs)? {
            let orders = writer.orders
            let bell = Task { while (try? await Task.sleep(for: .milliseconds(2))) != nil { orders.ring() } }
            defer { bell.cancel() }
            for await news in announced { return news }
            return nil
        }
    }

    private static func sweep(_ tasks: Int = 3, name: String = "sweep") -> JobSpec {
        let values = (0..<tasks).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
        let space = ParameterSpace(axes: [.init(name: "seed", values: values)])
        return JobSpec(name: name, steps: [StepSpec(name: "paint", action: .render, space: space)])
    }

    private static func status(succeeded: UInt32, failed: UInt32 = 0, cancelled: UInt32 = 0) -> JobStatus {
        JobStatus(
            job: JobID(1), name: "sweep", total: 3, waiting: 0, running: 0, succeeded: succeeded, failed: failed,
            cancelled: cancelled)
    }

    @Test("A gallery that cannot be drawn leaves the job owed, and the next try completes it", .timeLimit(.minutes(5)))
    func gallery() async throws {
        let f = try Fixture()
        try f.submit(Self.sweep())
        for index in 0..<3 { try f.succeed(UInt32(index)) }
        let obstacle = f.out("sweep/contact-sheet.png")
        try FileManager.default.createDirectory(
            at: obstacle.appending(path: "full"), withIntermediateDirectories: true)
        f.start()
        f.writer.orders.finish(Self.status(succeeded: 3))
        let first = try #require(await f.announcement())
        #expect(first.1.trouble != nil)
        #expect(try f.store.jobsWithCompleteOutputs() == [])
        try FileManager.default.removeItem(at: obstacle)
        let second = try #require(await f.announcement())
        #expect(second.1.trouble == nil && second.1.contactSheets.count == 1)
        #expect(try f.store.jobsWithCompleteOutputs() == [JobID(1)])
        #expect(try f.manifest().job.state == .complete)
        #expect(try f.manifest().job.files.map(\.path) == ["contact-sheet.png"])
        try await f.end()
    }

    @Test("Results that are put in place after the end of their job complete its manifest", .timeLimit(.minutes(5)))
    func latePublication() async throws {
        let f = try Fixture()
        try f.submit(Self.sweep())
        for index in 0..<3 { try f.succeed(UInt32(index)) }
        let obstacle = f.out("sweep/frames")
        try FileManager.default.createDirectory(at: f.out("sweep"), withIntermediateDirectories: true)
        try Data("in the way".utf8).write(to: obstacle)
        f.start()
        f.writer.orders.finish(Self.status(succeeded: 3))
        let first = try #require(await f.announcement())
        #expect(first.1.unpublished == 3 && first.1.trouble != nil)
        #expect(try f.manifest().job.state == .running)
        #expect(try f.store.jobsWithCompleteOutputs() == [])
        try FileManager.default.removeItem(at: obstacle)
        let second = try #require(await f.announcement())
        #expect(second.1.unpublished == 0 && second.1.trouble == nil)
        let manifest = try f.manifest()
        #expect(manifest.job.state == .complete && manifest.job.finishedAt != nil)
        #expect(try f.store.jobsWithCompleteOutputs() == [JobID(1)])
        let paths = (0..<3).map { "frames/\($0).png" }
        #expect(manifest.tasks.flatMap(\.files).map(\.path) == paths)
        for path in paths { #expect(FileManager.default.fileExists(atPath: f.out("sweep/\(path)").path)) }
        try await f.end()
    }

    @Test("A job of which a task is wanted again is not complete, whatever its last end was", .timeLimit(.minutes(5)))
    func retried() async throws {
        let f = try Fixture()
        try f.submit(Self.sweep())
        for index in 0..<2 { try f.succeed(UInt32(index)) }
        try f.fail(2)
        let ended = Self.status(succeeded: 2, failed: 1)
        f.store.beginCompletion(of: JobID(1))
        try f.store.commit([.taskRequeued(TaskID(job: JobID(1), index: 2), at: WallTime(milliseconds: 9))])
        #expect(try !f.store.markOutputsComplete(of: JobID(1)))
        // The end comes to the writer after the retry: it says nothing of the job as it stands.
        f.start()
        f.writer.orders.finish(ended)
        try f.submit(Self.sweep(1, name: "other"), as: 2)
        try f.store.commit([.jobCancelled(JobID(2), at: WallTime(milliseconds: 9))])
        f.writer.orders.finish(
            JobStatus(
                job: JobID(2), name: "other", total: 1, waiting: 0, running: 0, succeeded: 0, failed: 0, cancelled: 1))
        let next = try #require(await f.announcement())
        #expect(next.0.job == JobID(2), "the job that goes on was announced as complete")
        #expect(try f.store.jobsWithCompleteOutputs() == [JobID(2)])
        #expect(try f.manifest().job.state == .running)
        try f.succeed(2, attempt: 2)
        f.writer.orders.finish(Self.status(succeeded: 3))
        #expect(try #require(await f.announcement()).0.job == JobID(1))
        #expect(try f.store.jobsWithCompleteOutputs() == [JobID(1), JobID(2)])
        #expect(try f.manifest().job.state == .complete)
        try await f.end()
    }

    @Test("A job that failed as a whole says so and why, with the counts of its coordinator", .timeLimit(.minutes(5)))
    func failed() async throws {
        let f = try Fixture()
        try f.submit(Self.sweep())
        try f.fail(0)
        try f.store.commit([.jobFailed(JobID(1), reason: "1 of its tasks failed", at: WallTime(milliseconds: 9))])
        f.start()
        f.writer.orders.finish(Self.status(succeeded: 0, failed: 1, cancelled: 2))
        #expect(try #require(await f.announcement()).1.trouble == nil)
        let job = try f.manifest().job
        #expect(job.state == .failed && job.failure == "1 of its tasks failed")
        #expect(job.counts == .init(cancelled: 2, failed: 1, total: 3))
        try await f.end()
    }

    @Test("What is owed when the service stops is marked as interrupted", .timeLimit(.minutes(5)))
    func interrupted() async throws {
        let f = try Fixture()
        try f.submit(Self.sweep())
        for index in 0..<3 { try f.succeed(UInt32(index)) }
        try FileManager.default.createDirectory(at: f.out("sweep"), withIntermediateDirectories: true)
        try Data("in the way".utf8).write(to: f.out("sweep/frames"))
        f.start()
        f.writer.orders.finish(Self.status(succeeded: 3))
        #expect(await f.announcement() != nil)
        f.writer.orders.close()
        await f.writer.close([])
        #expect(try f.manifest().job.state == .interrupted)
        try await f.end()
    }
}
