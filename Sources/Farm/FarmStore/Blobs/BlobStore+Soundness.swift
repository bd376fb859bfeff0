public import FarmModel
import Glibc
import Synchronization

/// What a file was when its content was last compared with its name.
struct FileIdentity: Hashable, Sendable {
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// Its size.
    var octets: Int64 { Int64(size) }

    /// Nil if there is no such regular file.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = Int(status.st_mtim.tv_sec)
        nanoseconds = Int(status.st_mtim.tv_nsec)
    }
}

// A disk may damage what was whole once, and whoever edits an output edits its blob: content is compared again before
// somebody is told that he need not send it.
extension BlobStore {
    /// Whether a stored blob is known to be what its name says: compared since this process started, and not written
    /// to since then.
    public func isKnownSound(_ digest: Digest) -> Bool {
        guard let identity = FileIdentity(path(of: digest)) else { return false }
        return sound.withLock { $0[digest] == identity }
    }

    /// Compares a stored blob with its name, reading all of it; a damaged one is moved to `damaged/`, so that it can be
    /// stored anew.
    ///
    /// - Returns: whether a sound blob is stored; false also if none is.
    /// - Throws: `StoreError` if it cannot be read or moved, `CancellationError` once `mayGoOn` says false.
    public func checkSoundness(_ digest: Digest, while mayGoOn: () -> Bool = { true }) throws -> Bool {
        let path = path(of: digest)
        guard let identity = FileIdentity(path) else { return false }
        if sound.withLock({ $0[digest] == identity }) { return true }
        if try Disk.digest(ofFile: path, while: mayGoOn).digest == digest {
            // Whoever gave it its name may not have come to this yet.
            try Disk.sync(folder: Disk.folder(of: path))
            noteSound(digest, identity)
            return true
        }
        try Disk.makeFolder("\(folder)/damaged", mode: 0o700)
        let exhibit = "\(folder)/damaged/\(digest)"
        try Disk.rename(path, to: exhibit)
        try Disk.sync(folder: Disk.folder(of: path))
        usage.withLock { $0.subtract(identity.octets) }
        // Sweeping deletes it some days from now.
        _ = utimensat(AT_FDCWD, exhibit, nil, AT_SYMLINK_NOFOLLOW)
        return false
    }

    /// Somebody has reason to doubt a blob: its content is compared anew when that is asked for next.
    ///
    /// What a disk does to a file by itself shows neither in its size nor in its times.
    public func doubt(_ digest: Digest) { sound.withLock { $0[digest] = nil } }

    /// Notes that the content of a blob was just compared.
    func noteSound(_ digest: Digest, _ identity: FileIdentity? = nil) {
        guard let identity = identity ?? FileIdentity(path(of: digest)) else { return }
        sound.withLock { known in
            // Forgetting costs no more than another comparison.
            if known.count >= StoreLimits.knownSound { known.removeAll(keepingCapacity: true) }
            known[digest] = identity
        }
    }
}
