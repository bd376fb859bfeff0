public import FarmModel
import Glibc
import Synchronization

// What nobody needs is deleted. The time of the last access, which is set here and not left to the system, says since
// when a blob has not been spoken of; the time of the last change says whether its content may have changed.
extension BlobStore {
    /// Notes that a blob is spoken of, so that it is not swept away for a while; false if it is not stored.
    @discardableResult
    public func touch(_ digest: Digest) -> Bool {
        sweeping.withLock { _ in
            var times = [timespec(), timespec()]
            times[0].tv_nsec = Int(utimeNow)
            times[1].tv_nsec = Int(utimeOmit)
            return utimensat(AT_FDCWD, path(of: digest), times, AT_SYMLINK_NOFOLLOW) == 0
        }
    }

    /// A stored blob as sweeping sees it.
    struct Resting: Hashable, Sendable {
        let digest: Digest
        let size: Int64
        /// Seconds since 1970.
        let touched: Int
        /// Whether an output folder has it too, so that deleting it frees nothing.
        let isLinked: Bool
    }

    /// Names of the folders that hold blobs: `00` to `ff`, as far as they are there.
    func shelves() throws -> [String] {
        try Disk.names(in: "\(folder)/blobs/sha256").filter { $0.count == 2 }
    }

    /// Calls `body` with the blobs of one shelf, by digest.
    func blobs(on shelf: String) throws -> [Resting] {
        let path = "\(folder)/blobs/sha256/\(shelf)"
        return try Disk.names(in: path).compactMap { name in
            var status = stat()
            guard let digest = Digest(hex: name), lstat("\(path)/\(name)", &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { return nil }
            return Resting(
                digest: digest, size: Int64(status.st_size), touched: status.st_atim.tv_sec,
                isLinked: status.st_nlink > 1)
        }
    }

    /// Deletes a blob unless somebody has spoken of it since it was seen; whether it is gone.
    func remove(_ seen: Resting) throws -> Bool {
        try sweeping.withLock { _ in
            let path = path(of: seen.digest)
            var status = stat()
            guard lstat(path, &status) == 0 else { return true }
            guard status.st_atim.tv_sec <= seen.touched else { return false }
            try Disk.remove(path)
            usage.withLock { $0.subtract(Int64(status.st_size)) }
            return true
        }
    }

    /// Octets of all blobs, as they were last counted and have come and gone since, and of unfinished uploads.
    public var usedBytes: Int64 { usage.withLock { $0.octets } + uploads.withLock { $0.totalSize } }

    /// Counts the octets of all blobs.
    func countBlobs() throws {
        let octets = try shelves().reduce(0) { try $0 + blobs(on: $1).reduce(0) { $0 + $1.size } }
        usage.withLock { $0.endCount(octets) }
    }

    /// Deletes damaged blobs that were set aside before an instant, in seconds since 1970; returns how many.
    func sweepDamaged(before seconds: Int64) throws -> Int {
        let folder = "\(folder)/damaged"
        guard Disk.exists(folder) else { return 0 }
        var deleted = 0
        for name in try Disk.names(in: folder) {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, Int64(status.st_mtim.tv_sec) < seconds else { continue }
            try Disk.remove("\(folder)/\(name)")
            deleted += 1
        }
        return deleted
    }

    /// Whether a blob of so many octets fits into the quota.
    public func hasRoom(for size: Int64) -> Bool {
        guard let quota = configuration.quotaBytes else { return true }
        return size <= quota && usedBytes <= quota - size
    }
}

// The headers define these as casts, which Swift does not import.
private let utimeNow = (1 << 30) - 1
private let utimeOmit = (1 << 30) - 2
