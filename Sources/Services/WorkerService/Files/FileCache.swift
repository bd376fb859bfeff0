import FarmModel
import FarmStore
import Foundation
import Glibc
import Synchronization

/// Files of tasks that came from the coordinator, kept for the next tasks within a quota.
///
///     blobs/, incoming/    as in a coordinator's state: every file once, named by its digest
///     sets/<key>/          the files of one reference under names that loaders look for; hard links of the blobs
///
/// The sets are what is used and what is forgotten: when the blobs take more than the quota, the sets that were used
/// longest ago go, and with them the blobs that no other set needs.
final class FileCache: Sendable {
    /// A file of a set.
    struct Entry: Sendable, Hashable {
        var name: String
        var digest: Digest
    }

    let blobs: BlobStore
    /// Octets that the blobs may take.
    let quota: Int64
    private let folder: String
    private let state = Mutex(State())

    /// What must not be removed; its lock guards removal, too.
    private struct State {
        /// Digests that tasks are about to use, with how many.
        var pins: [Digest: Int] = [:]
        /// Sets that a task reads, by its name.
        var held: [String: Set<String>] = [:]
        /// Checkpoint that a task goes on from, by its name.
        var resumed: [String: Digest] = [:]
    }

    /// Opens the cache of a folder; throws `StoreError`.
    init(folder: String, quota: Int64) throws {
        self.folder = folder
        self.quota = quota
        blobs = try BlobStore(folder: folder)
    }

    /// Keeps blobs from being removed while a task's files are gathered.
    func pin(_ digests: [Digest]) {
        state.withLock { state in for digest in digests { state.pins[digest, default: 0] += 1 } }
    }

    /// Lets go of what was pinned.
    func unpin(_ digests: [Digest]) {
        state.withLock { state in
            for digest in digests { state.pins[digest] = state.pins[digest].flatMap { $0 > 1 ? $0 - 1 : nil } }
        }
    }

    /// The file of a checkpoint that is here, for a task that goes on from it.
    ///
    /// It stays until the holder lets go of it and is deleted then: nobody goes on from it here again.
    func resume(from digest: Digest, for holder: String) -> String {
        state.withLock { $0.resumed[holder] = digest }
        return blobs.path(of: digest)
    }

    /// Lets go of what a task read.
    func letGo(_ holder: String) {
        state.withLock { state in
            state.held[holder] = nil
            guard let digest = state.resumed.removeValue(forKey: holder) else { return }
            let isWanted = state.pins[digest] != nil || state.resumed.values.contains(digest)
            // The same octets may be a model's file as far as anybody knows.
            var status = stat()
            let path = blobs.path(of: digest)
            if !isWanted, stat(path, &status) == 0, status.st_nlink == 1 { unlink(path) }
        }
    }

    /// The folder with these files under these names, made if need be; its blobs are all here.
    ///
    /// The set stays until the holder lets go of it: a task reads several, and others run beside it.
    ///
    /// Throws what the system says.
    func set(of entries: [Entry], for holder: String) throws -> String {
        let text = entries.map { "\($0.name) \($0.digest)\n" }.joined()
        let key = Digest(of: Array(text.utf8)).description.prefix(32)
        let path = "\(folder)/sets/\(key)"
        return try state.withLock { state in
            if !FileManager.default.fileExists(atPath: path) {
                let fresh = "\(folder)/sets/.\(key).new"
                try? FileManager.default.removeItem(atPath: fresh)
                try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
                for entry in entries {
                    try FileManager.default.linkItem(
                        atPath: blobs.path(of: entry.digest), toPath: "\(fresh)/\(entry.name)")
                }
                guard rename(fresh, path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            }
            // When a set was used last is the time of its folder.
            utimes(path, nil)
            state.held[holder, default: []].insert(path)
            return path
        }
    }

    /// Removes what was used longest ago until the blobs fit; what is pinned or held stays, even beyond the quota.
    func makeRoom() throws { try makeRoom { total in total > quota } }

    /// Removes what was used longest ago until the volume takes so many octets more; whether it does now.
    func makeRoom(onVolumeFor bytes: Int64) throws -> Bool {
        let wanted = bytes + blobs.configuration.freeReserveBytes
        try makeRoom { _ in try blobs.freeBytes() < wanted }
        return try blobs.freeBytes() >= wanted
    }

    /// Removes while it is too tight for the octets that are stored: first what belongs to no set, such as the files
    /// of a task that never came to run, then one set after another.
    private func makeRoom(while isTight: (Int64) throws -> Bool) throws {
        try state.withLock { state in
            let held = state.held.values.reduce(into: Set()) { $0.formUnion($1) }
            var sets = try setsByUse().filter { !held.contains($0) }[...]
            while true {
                let kept = Set(state.pins.keys).union(state.resumed.values)
                let stored = try stored()
                var total = stored.reduce(0) { $0 + $1.size }
                guard try isTight(total) else { return }
                for blob in stored where blob.links == 1 && !kept.contains(blob.digest) {
                    unlink(blobs.path(of: blob.digest))
                    total -= blob.size
                }
                guard try isTight(total), let oldest = sets.popFirst() else { return }
                try FileManager.default.removeItem(atPath: oldest)
            }
        }
    }

    /// Folders of sets, the longest unused first.
    private func setsByUse() throws -> [String] {
        let root = "\(folder)/sets"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        var found: [(path: String, used: timespec)] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            var status = stat()
            guard stat("\(root)/\(name)", &status) == 0 else { continue }
            found.append(("\(root)/\(name)", status.st_mtim))
        }
        return found.sorted { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }.map(\.path)
    }

    private func stored() throws -> [(digest: Digest, size: Int64, links: Int)] {
        let root = "\(folder)/blobs/sha256"
        return try FileManager.default.contentsOfDirectory(atPath: root).flatMap { shard in
            try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(shard)").compactMap { name in
                var status = stat()
                guard let digest = Digest(hex: name), stat("\(root)/\(shard)/\(name)", &status) == 0 else {
                    return nil
                }
                return (digest, Int64(status.st_size), Int(status.st_nlink))
            }
        }
    }
}
