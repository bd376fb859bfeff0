import FarmModel
import Foundation
import Glibc
import OrderedCollections
import Testing

@testable import FarmStore

@Suite("Sweeping")
struct SweepingTests {
    private static let now = WallTime(milliseconds: Int64(Glibc.time(nil)) * 1_000)

    /// A farm with a job that names a blob, and blobs of every kind, all of them old.
    private struct Fixture {
        let folder: TemporaryFolder
        let farm: FarmStore
        let input: Digest
        let picture: Digest
        let checkpoint: Digest
        let stray: Digest

        init(quota: Int64? = nil) throws {
            folder = try TemporaryFolder()
            farm = try FarmStore(folder: folder("state"), blobs: .init(freeReserveBytes: 0, quotaBytes: quota))
            input = try farm.blobs.insert(Array("a model".utf8))
            picture = try farm.blobs.insert(Array("picture".utf8))
            checkpoint = try farm.blobs.insert(Array("checkpoint".utf8))
            stray = try farm.blobs.insert(Array("stray".utf8))
            var spec = FarmStoreTests.sweep("harbor", tasks: 2)
            spec.steps[0].space.base["vqgan"] = .list([.string("x.ckpt sha256:\(input)")])
            try farm.commit([
                .jobSubmitted(JobID(1), spec, key: try digest(1), at: time(1)),
                .attemptStarted(try lease(1, 0, 1), at: time(2)),
                .taskSucceeded(
                    try lease(1, 0, 1),
                    TaskResult(
                        artifacts: [Artifact(name: "a.png", kind: .frame, byteCount: 7, digest: picture)],
                        wallMilliseconds: 1), at: time(3)),
                .attemptStarted(try lease(1, 1, 1), at: time(4)),
                .checkpointStored(
                    try lease(1, 1, 1), Checkpoint(iteration: 5, digest: checkpoint, byteCount: 10), at: time(5)),
            ])
            for blob in [input, picture, checkpoint, stray] { age(blob, seconds: 100_000) }
        }

        func age(_ digest: Digest, seconds: Int) {
            var times = [timespec(), timespec()]
            times[0].tv_sec = Glibc.time(nil) - seconds
            times[1].tv_nsec = (1 << 30) - 2
            #expect(utimensat(AT_FDCWD, farm.blobs.path(of: digest), times, 0) == 0)
        }

        func sweep(_ rules: KeepingRules = KeepingRules()) throws -> SweepReport {
            try farm.sweep(at: SweepingTests.now, rules: rules)
        }
    }

    @Test("Only what nothing names and nobody has spoken of for a while is deleted")
    func strays() throws {
        let f = try Fixture()
        let young = try f.farm.blobs.insert(Array("young".utf8))
        let report = try f.sweep()
        #expect(report.deleted == 1 && report.deletedBytes == 5 && report.kept == 4)
        #expect(!f.farm.blobs.contains(f.stray))
        for kept in [f.input, f.picture, f.checkpoint, young] { #expect(f.farm.blobs.contains(kept)) }
        #expect(try f.sweep().deleted == 0)
    }

    @Test("A checkpoint goes with the end of its task, or when two newer ones are there")
    func checkpoints() throws {
        let f = try Fixture()
        let newer = try (6...7).map { try f.farm.blobs.insert([UInt8($0)]) }
        for (place, blob) in newer.enumerated() {
            f.age(blob, seconds: 100_000)
            let next = Checkpoint(iteration: UInt32(6 + place), digest: blob, byteCount: 1)
            try f.farm.commit([.checkpointStored(try lease(1, 1, 1), next, at: time(6))])
        }
        _ = try f.sweep()
        #expect(!f.farm.blobs.contains(f.checkpoint) && f.farm.blobs.missing(newer) == [])
        try f.farm.commit([.jobCancelled(JobID(1), at: time(7))])
        try f.farm.commit([.taskFailed(TaskID(job: JobID(1), index: 1), Failure(.task, "x"), at: time(8))])
        for blob in newer { f.age(blob, seconds: 100_000) }
        #expect(try f.sweep().deleted == 2)
    }

    @Test("A result that differs from the recorded one is kept for as long as the rules say, an equal one is not noted")
    func quarantine() throws {
        let f = try Fixture()
        func result(_ digest: Digest) -> TaskResult {
            TaskResult(
                artifacts: [Artifact(name: "a.png", kind: .frame, byteCount: 5, digest: digest)], wallMilliseconds: 1)
        }
        let late = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 2)
        #expect(try !f.farm.quarantine(late, result(f.picture), at: SweepingTests.now))
        #expect(try f.farm.quarantine(late, result(f.stray), at: SweepingTests.now))
        #expect(try f.farm.quarantine(late, result(f.stray), at: SweepingTests.now))
        #expect(try f.sweep().deleted == 0)
        #expect(try f.sweep(KeepingRules(quarantineSeconds: -10)).deleted == 1)
        // A task without a result differs from nothing.
        let open = TaskAttempt(task: TaskID(job: JobID(1), index: 1), attempt: 1)
        #expect(try !f.farm.quarantine(open, result(f.stray), at: SweepingTests.now))
    }

    @Test("Beyond the quota, what only ended jobs name goes, the longest untouched first, but nothing unpublished")
    func quota() throws {
        let f = try Fixture(quota: 20)
        #expect(try f.sweep().evicted == 0, "the job goes on")
        try f.farm.commit([.jobCancelled(JobID(1), at: time(6))])
        let report = try f.sweep()
        #expect(report.evicted == 1 && !f.farm.blobs.contains(f.input))
        #expect(f.farm.blobs.contains(f.picture), "it is not in its folder yet")
        #expect(f.farm.blobs.usedBytes == report.keptBytes && f.farm.blobs.usedBytes <= 20)
    }

    @Test("A job whose rest can never begin is over once its folder is complete")
    func brokenChain() throws {
        let f = try Fixture(quota: 15)
        var spec = FarmStoreTests.sweep("film", tasks: 3)
        spec.steps[0].isChain = true
        spec.steps[0].space.base["vqgan"] = .string("sha256:\(f.stray)")
        try f.farm.commit([
            .jobSubmitted(JobID(2), spec, key: try digest(2), at: time(7)),
            .attemptStarted(try lease(2, 0, 1), at: time(8)),
            .taskFailed(TaskID(job: JobID(2), index: 0), Failure(.task, "black"), at: time(9)),
        ])
        #expect(try f.sweep().evicted == 0 && f.farm.blobs.contains(f.stray))
        #expect(try f.farm.markOutputsComplete(of: JobID(2)))
        #expect(try f.sweep().evicted == 1 && !f.farm.blobs.contains(f.stray))
    }

    @Test("What is used is known from the start, and an upload that ends during a sweep is counted")
    func usage() throws {
        let f = try Fixture(quota: 1_000)
        #expect(f.farm.blobs.usedBytes == 29)
        let late = Array("a late arrival".utf8)
        var isThere = false
        let report = try f.farm.sweep(at: SweepingTests.now) {
            if !isThere { #expect(throws: Never.self) { try f.farm.blobs.insert(late) } }
            isThere = true
            return true
        }
        #expect(report.deleted == 1 && f.farm.blobs.usedBytes == 24 + 14)
        try f.farm.close()
        let again = try FarmStore(folder: f.folder("state"), blobs: .init(freeReserveBytes: 0, quotaBytes: 40))
        #expect(again.blobs.usedBytes == 38 && again.blobs.hasRoom(for: 2) && !again.blobs.hasRoom(for: 3))
    }

    @Test("A damaged blob is kept for a while, and then swept away")
    func damaged() throws {
        let f = try Fixture(quota: 1_000)
        try Data("strax".utf8).write(to: URL(fileURLWithPath: f.farm.blobs.path(of: f.stray)))
        #expect(try !f.farm.blobs.checkSoundness(f.stray))
        #expect(f.farm.blobs.usedBytes == 24)
        #expect(try f.sweep().damaged == 0)
        #expect(try f.sweep(KeepingRules(quarantineSeconds: -10)).damaged == 1)
        #expect(TemporaryFolder.files(below: f.folder("state/damaged")) == [])
    }

    @Test("Whatever holds the 64 digits of a SHA-256 in a setting names a blob")
    func names() throws {
        let (a, b) = (try digest(0xabc), try digest(0xdef))
        var spec = FarmStoreTests.sweep("x")
        spec.steps[0].space.base["clip"] = .list([.string("m.pt#\(a):0.5"), .list([.string("\(b)".uppercased())])])
        spec.steps[0].space.axes.append(
            .init(name: "start", values: [["start_image": .string("/p.png sha256:\(a)+\(b)")]]))
        spec.steps[0].space.base["long"] = .string(String(repeating: "a", count: 65))
        #expect(JobBlobs.digests(in: spec) == [a, b].sorted())
        #expect(JobBlobs.digests(in: FarmStoreTests.sweep("x")) == [])
    }
}
