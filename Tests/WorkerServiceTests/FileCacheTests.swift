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
        let set = try cache.set(of: entries)
        #expect(FileManager.default.contents(atPath: set + "/model.ckpt") == Data(repeating: 1, count: 1000))
        #expect(FileManager.default.contents(atPath: set + "/model.yaml") == Data(repeating: 2, count: 1000))
        #expect(try cache.set(of: entries) == set)
        #expect(try cache.set(of: [entries[0]]) != set)
        // After a restart all of it is there.
        #expect(try FileCache(folder: folder, quota: 10_000).set(of: entries) == set)
    }

    @Test("What was used longest ago makes room; what is shared, pinned or wanted now stays")
    func eviction() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = try FileCache(folder: folder, quota: 3500)
        let (shared, a, b, c) = (try blob(cache, 1), try blob(cache, 2), try blob(cache, 3), try blob(cache, 4))
        func set(_ digest: FarmModel.Digest) throws -> String {
            try cache.set(of: [.init(name: "model.ckpt", digest: digest), .init(name: "model.yaml", digest: shared)])
        }
        let (first, second) = (try set(a), try set(b))
        usleep(20_000)
        // Used again: the second is now the one used longest ago.
        #expect(try set(a) == first)
        usleep(20_000)
        cache.pin([c])
        let third = try set(c)
        try cache.makeRoom(keeping: third)
        #expect(!FileManager.default.fileExists(atPath: second) && !cache.blobs.contains(b))
        for digest in [shared, a, c] { #expect(cache.blobs.contains(digest)) }
        #expect(FileManager.default.contents(atPath: first + "/model.yaml")?.count == 1000)
        // A quota smaller than what is wanted now removes all else, and not that.
        let small = try FileCache(folder: folder, quota: 1)
        small.pin([c])
        try small.makeRoom(keeping: third)
        #expect(small.blobs.contains(c) && small.blobs.contains(shared) && !small.blobs.contains(a))
    }
}
