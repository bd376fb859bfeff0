import FarmModel
import FarmStore
import Foundation
import Testing

@testable import WorkerService

/// Files that came from the coordinator, kept within a quota.
struct FileCacheTests {
    private func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "atelier-cache-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    private func blob(_ cache: FileCache, _ seed: UInt8) throws -> FarmModel.Digest {
        try cache.blobs.insert([UInt8](repeating: seed, count: 1000))
    }

    @Test("A set holds its files under their names, and is the same folder for the same files")
    func sets() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = try FileCache(folder: folder, quota: 10_000)
        let (a, b) = (try blob(cache, 1), try blob(cache, 2))
        let entries = [FileCache.Entry(name: "model.ckpt", digest: a), .init(name: "model.yaml", digest: b)]
        let set = try cache.set(of: entries, for: "a")
        #expect(FileManager.default.contents(atPath: set + "/model.ckpt") == Data(repeating: 1, count: 1000))
        #expect(FileManager.default.contents(atPath: set + "/model.yaml") == Data(repeating: 2, count: 1000))
        #expect(try cache.set(of: entries, for: "a") == set)
        #expect(try cache.set(of: [entries[0]], for: "a") != set)
        // After a restart all of it is there.
        #expect(try FileCache(folder: folder, quota: 10_000).set(of: entries, for: "a") == set)
    }

    @Test("What was used longest ago makes room; what is shared, pinned or held stays")
    func eviction() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = try FileCache(folder: folder, quota: 3500)
        let (shared, a, b, c) = (try blob(cache, 1), try blob(cache, 2), try blob(cache, 3), try blob(cache, 4))
        func set(_ digest: FarmModel.Digest, for holder: String) throws -> String {
            try cache.set(
                of: [.init(name: "model.ckpt", digest: digest), .init(name: "model.yaml", digest: shared)], for: holder)
        }
        let (first, second) = (try set(a, for: "1"), try set(b, for: "2"))
        for holder in ["1", "2"] { cache.letGo(holder) }
        usleep(20_000)
        // Used again: the second is now the one used longest ago.
        #expect(try set(a, for: "1") == first)
        cache.letGo("1")
        usleep(20_000)
        cache.pin([c])
        let third = try set(c, for: "3")
        try cache.makeRoom()
        #expect(!FileManager.default.fileExists(atPath: second) && !cache.blobs.contains(b))
        for digest in [shared, a, c] { #expect(cache.blobs.contains(digest)) }
        #expect(FileManager.default.contents(atPath: first + "/model.yaml")?.count == 1000)
        // A quota smaller than what is wanted now removes all else, and not that.
        let small = try FileCache(folder: folder, quota: 1)
        #expect(
            try small.set(
                of: [.init(name: "model.ckpt", digest: c), .init(name: "model.yaml", digest: shared)], for: "4")
                == third
        )
        try small.makeRoom()
        #expect(small.blobs.contains(c) && small.blobs.contains(shared) && !small.blobs.contains(a))
    }

    @Test("All sets of a task stay until it lets go, however small the quota; blobs of no set go first")
    func holding() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = try FileCache(folder: folder, quota: 2500)
        let (painter, judge, orphan) = (try blob(cache, 1), try blob(cache, 2), try blob(cache, 3))
        let sets = try [painter, judge].map { try cache.set(of: [.init(name: "model.ckpt", digest: $0)], for: "task") }
        try cache.makeRoom()
        #expect(!cache.blobs.contains(orphan) && cache.blobs.contains(painter) && cache.blobs.contains(judge))
        let tight = try blob(cache, 4)
        let other = try cache.set(of: [.init(name: "model.ckpt", digest: tight)], for: "other")
        try cache.makeRoom()
        #expect((sets + [other]).allSatisfy { FileManager.default.fileExists(atPath: $0 + "/model.ckpt") })
        cache.letGo("task")
        try cache.makeRoom()
        #expect(!FileManager.default.fileExists(atPath: sets[0]) && FileManager.default.fileExists(atPath: other))
        // A full volume takes what nobody holds, and says that it is not enough.
        #expect(try !cache.makeRoom(onVolumeFor: 1 << 60))
        #expect(try setsLeft(in: folder) == 1 && cache.blobs.contains(tight))
        #expect(try cache.makeRoom(onVolumeFor: 0))
    }

    @Test("A checkpoint stays while its task runs, and goes with it unless something else needs its octets")
    func checkpoints() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = try FileCache(folder: folder, quota: 1)
        let (first, second) = (try blob(cache, 1), try blob(cache, 2))
        let path = cache.resume(from: first, for: "task")
        _ = cache.resume(from: second, for: "a")
        _ = cache.resume(from: second, for: "b")
        try cache.makeRoom()
        #expect(FileManager.default.contents(atPath: path)?.count == 1000 && cache.blobs.contains(second))
        for holder in ["task", "a"] { cache.letGo(holder) }
        #expect(!cache.blobs.contains(first) && cache.blobs.contains(second))
        _ = try cache.set(of: [.init(name: "model.ckpt", digest: second)], for: "c")
        cache.letGo("b")
        #expect(cache.blobs.contains(second))
    }

    @Test("Scratch begins empty, keeps attempts apart, and says whether the disk takes files")
    func scratch() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/s/old", withIntermediateDirectories: true)
        let scratch = try Scratch(folder: folder + "/s")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/s") == [])
        let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 2), attempt: 3)
        let checkpoint = Checkpoint(
            iteration: 7, digest: try #require(Digest([UInt8](repeating: 1, count: 32))), byteCount: 1)
        let place = try scratch.prepare(attempt)
        #expect(scratch.path(of: checkpoint, attempt) == place + "/checkpoint-7")
        try Data([1]).write(to: URL(fileURLWithPath: place + "/checkpoint-7"))
        scratch.remove(checkpoint, attempt)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == [])
        scratch.remove(attempt)
        #expect(scratch.check() == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/s") == [])
        try FileManager.default.removeItem(atPath: folder + "/s")
        try Data().write(to: URL(fileURLWithPath: folder + "/s"))
        #expect(scratch.check()?.contains("takes no files") == true)
    }

    private func setsLeft(in folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/sets").count
    }
}
