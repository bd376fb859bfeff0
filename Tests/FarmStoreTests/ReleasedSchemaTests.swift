import FarmModel
import Foundation
import OrderedCollections
import Testing

@testable import FarmStore

/// State folders written by released versions of the tables, kept as they were: a later program must open each.
///
/// A new version of the tables gets a fixture of its own before anything is built upon it:
/// `ATELIER_RECORD_FIXTURE=Tests/FarmStoreTests/Fixtures/v3.sqlite swift test --filter ReleasedSchemaTests`.
@Suite("State folders of released versions")
struct ReleasedSchemaTests {
    @Test(
        "V7: The tables of every released version are brought up to date and hold what was recorded", arguments: ["v1"])
    func migration(version: String) throws {
        let folder = try TemporaryFolder()
        let fixture = try #require(
            Bundle.module.url(forResource: version, withExtension: "sqlite", subdirectory: "Fixtures"))
        try FileManager.default.createDirectory(atPath: folder("state"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: folder("state/farm.sqlite"))
        var fold = RecordFold()
        for record in try ReleasedSchemaTests.records() { fold.apply(record) }

        let farm = try store(in: folder)
        #expect(farm.epoch == 2)
        #expect(try farm.load() == fold.snapshot(epoch: 2))
        #expect(try farm.unpublished().map(\.attempt.description) == ["1/1#2", "3/0#1"])
        let manifest = try farm.manifest(
            of: JobID(1), state: .running, generator: Manifest.Generator(name: "test", version: "1"))
        #expect(manifest.tasks.map(\.index) == [0, 1, 2, 3] && manifest.tasks[0].files.map(\.path) == ["frames/0.png"])
        // The folder is not only readable: work goes on in it.
        try farm.commit([.attemptStarted(try lease(1, 4, 1), at: time(9_000))])
        try farm.commit([.taskSucceeded(try lease(1, 4, 1), try ReleasedSchemaTests.result(4), at: time(9_001))])
        try farm.close()
        #expect(try store(in: folder).epoch == 3)
    }

    @Test("Who only looks reads every released version and changes nothing in the folder", arguments: ["v1"])
    func looking(version: String) throws {
        let folder = try TemporaryFolder()
        let fixture = try #require(
            Bundle.module.url(forResource: version, withExtension: "sqlite", subdirectory: "Fixtures"))
        try FileManager.default.createDirectory(atPath: folder("state"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: folder("state/farm.sqlite"))
        var fold = RecordFold()
        for record in try ReleasedSchemaTests.records() { fold.apply(record) }

        #expect(try FarmStore.look(at: folder("state")) == fold.snapshot(epoch: 1))
        let isSame =
            try Data(contentsOf: fixture) == Data(contentsOf: URL(fileURLWithPath: folder("state/farm.sqlite")))
        #expect(isSame)
        // A coordinator's folder is its own.
        let farm = try store(in: folder)
        #expect(throws: StoreError.self) { try FarmStore.look(at: folder("state")) }
        try farm.close()
    }

    @Test("V7: The state of release 0.1.0 is opened, with all that its tables can hold")
    func release() throws {
        let folder = try TemporaryFolder()
        let fixture = try #require(
            Bundle.module.url(forResource: "v2", withExtension: "sqlite", subdirectory: "Fixtures"))
        try FileManager.default.createDirectory(atPath: folder("state"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: folder("state/farm.sqlite"))
        var fold = RecordFold()
        for record in try ReleasedSchemaTests.records() + ReleasedSchemaTests.laterRecords() { fold.apply(record) }

        let farm = try store(in: folder)
        #expect(farm.epoch == 2)
        let snapshot = try farm.load()
        #expect(snapshot == fold.snapshot(epoch: 2))
        #expect(snapshot.blocks.count == 1 && snapshot.drains.count == 1)
        #expect(snapshot.jobs.contains { $0.isPaused } && snapshot.jobs.contains { $0.failure != nil })
        #expect(snapshot.jobs.flatMap(\.tasks).contains { !$0.checkpoints.isEmpty })
        try farm.close()
        #expect(try store(in: folder).epoch == 3)
    }

    @Test(
        "A fixture is recorded when the environment names its path",
        .enabled(if: ProcessInfo.processInfo.environment["ATELIER_RECORD_FIXTURE"] != nil))
    func record() throws {
        let path = try #require(ProcessInfo.processInfo.environment["ATELIER_RECORD_FIXTURE"])
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        for record in try ReleasedSchemaTests.records() + ReleasedSchemaTests.laterRecords() {
            try farm.commit([record])
        }
        try farm.markPublished([TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)])
        try farm.close()
        try FileManager.default.copyItem(atPath: folder("state/farm.sqlite"), toPath: path)
    }

    /// A little of everything that version 1 could record: four jobs, results, failures, retries, a cancellation.
    private static func records() throws -> [Record] {
        let job = try (1...4).map { try submitted(UInt64($0), "job-\($0)", tasks: 6) }
        return [
            job[0], job[1],
            .attemptStarted(try lease(1, 0, 1), at: time(1_001)),
            .attemptStarted(try lease(1, 1, 1, "w2"), at: time(1_002)),
            .taskSucceeded(try lease(1, 0, 1), try result(0), at: time(1_003)),
            .attemptFailed(
                try lease(1, 1, 1, "w2"), Failure(.infrastructure, "the engine was killed"), at: time(1_004)),
            .attemptStarted(try lease(1, 1, 2), at: time(1_005)),
            .taskSucceeded(try lease(1, 1, 2), try result(1), at: time(1_006)),
            .attemptStarted(try lease(1, 2, 1), at: time(1_007)),
            .attemptFailed(try lease(1, 2, 1), Failure(.configuration, "no such model"), at: time(1_008)),
            .taskFailed(
                TaskID(job: JobID(1), index: 2), Failure(.configuration, "no such model"), at: time(1_008)),
            // Still leased at the end, after a failure of each of two classes.
            .attemptStarted(try lease(1, 3, 1, "w2"), at: time(1_009)),
            .attemptFailed(try lease(1, 3, 1, "w2"), Failure(.task, "loss is not a number"), at: time(1_010)),
            .attemptStarted(try lease(1, 3, 2), at: time(1_011)),
            .attemptFailed(try lease(1, 3, 2), Failure(.badOutput, "a file of no octets"), at: time(1_012)),
            .attemptStarted(try lease(1, 3, 3, "w2"), at: time(1_013)),
            // Cancelled with a task under way and one wanted again before.
            .attemptStarted(try lease(2, 0, 1), at: time(1_014)),
            .taskFailed(TaskID(job: JobID(2), index: 0), Failure(.task, "gave up"), at: time(1_015)),
            .taskRequeued(TaskID(job: JobID(2), index: 0), at: time(1_016)),
            .attemptStarted(try lease(2, 1, 1), at: time(1_017)),
            .jobCancelled(JobID(2), at: time(1_018)),
            job[2],
            .attemptStarted(try lease(3, 0, 1, "w3"), at: time(1_019)),
            .taskSucceeded(try lease(3, 0, 1, "w3"), try result(0), at: time(1_020)),
            job[3],
        ]
    }

    /// What version 2 can record besides: terms, checkpoints, pauses, blocks and drains.
    private static func laterRecords() throws -> [Record] {
        var spec = sweep("job-5", tasks: 3)
        spec.submitter = "ana"
        spec.failureLimit = 2
        let checkpoint = Checkpoint(iteration: 7, digest: try digest(900), byteCount: 11)
        return [
            .jobSubmitted(JobID(5), spec, key: try digest(5), at: time(2_000)),
            .attemptStarted(try lease(5, 0, 1), at: time(2_001)),
            .checkpointStored(try lease(5, 0, 1), checkpoint, at: time(2_002)),
            .checkpointStored(
                try lease(5, 0, 1), Checkpoint(iteration: 9, digest: try digest(901), byteCount: 12), at: time(2_003)),
            .checkpointLost(TaskID(job: JobID(5), index: 0), try digest(901), at: time(2_004)),
            .attemptReturned(try lease(5, 0, 1), reason: "the node goes away", at: time(2_005)),
            .attemptStarted(try lease(5, 1, 1, "w2"), at: time(2_006)),
            .attemptFailed(
                try lease(5, 1, 1, "w2"), Failure(.infrastructure, "it crashed", cause: .crashed(signal: 11)),
                at: time(2_007)),
            .jobPriority(JobID(5), 9, at: time(2_008)),
            .jobPaused(JobID(5), at: time(2_009)),
            .jobFailed(JobID(4), reason: "too many tasks failed", at: time(2_010)),
            .workerBlocked(try worker("w2"), JobID(5), at: time(2_011)),
            .workerBlocked(try worker("w1"), JobID(5), at: time(2_012)),
            .workerForgiven(try worker("w1"), nil, at: time(2_013)),
            .workerDrained(try worker("w3"), .checkpointed, at: time(2_014)),
            .workerDrained(try worker("w1"), .eventual, at: time(2_015)),
            .workerResumed(try worker("w1"), at: time(2_016)),
        ]
    }

    private static func result(_ index: UInt32) throws -> TaskResult {
        TaskResult(
            artifacts: [
                Artifact(name: "\(index).png", kind: .frame, byteCount: 10, digest: try digest(500 + Int(index)))
            ], metrics: ["final_loss": 0.5, "broken": .nan], facts: ["engine": "0.1.0", "vqgan_sha256": "aa"],
            wallMilliseconds: 7)
    }
}
