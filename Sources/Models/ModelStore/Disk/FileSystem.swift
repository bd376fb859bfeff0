import Glibc

/// The few operations on files that the store needs, each with a typed error that names the path.
enum FileSystem {
    static func failure(_ what: String, at path: String) -> ModelStoreError {
        let code = errno
        if code == ENOSPC || code == EDQUOT {
            return ModelStoreError(.diskFull, "\(what): no space left", at: path, hint: "free some space and try again")
        }
        return ModelStoreError(.system(code), "\(what): \(String(cString: strerror(code)))", at: path)
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Size of a regular file, links followed; nil if there is none.
    static func size(_ path: String) -> Int64? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    static func makeFolder(_ path: String) throws(ModelStoreError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, folder(of: path) != path else { throw failure("cannot make the folder", at: path) }
        try makeFolder(folder(of: path))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("cannot make the folder", at: path) }
    }

    static func sync(folder path: String) throws(ModelStoreError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the folder", at: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot make the folder durable", at: path) }
    }

    static func rename(_ old: String, to new: String) throws(ModelStoreError) {
        guard Glibc.rename(old, new) == 0 else { throw failure("cannot rename \(old)", at: new) }
        try sync(folder: folder(of: new))
    }

    static func remove(_ path: String) throws(ModelStoreError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("cannot delete", at: path) }
    }

    /// Names in a folder, sorted; none if there is no folder.
    static func names(in path: String) throws(ModelStoreError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("cannot list the folder", at: path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether two paths lead to one file.
    static func areOne(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev
            && first.st_ino == second.st_ino
    }

    /// Deletes a folder and the files in it; one that is not there is fine, and of a link only the link goes.
    static func removeFolder(_ path: String) throws(ModelStoreError) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { return try remove(path) }
        for name in try names(in: path) { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("cannot delete the folder", at: path) }
    }

    /// Octets that an ordinary user can still write on the volume.
    static func freeBytes(at path: String) throws(ModelStoreError) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failure("cannot ask for the free space", at: path) }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }

    /// A file that appears under its name whole and durable, or not at all.
    static func write(_ bytes: [UInt8], to path: String) throws(ModelStoreError) {
        let temporary = "\(folder(of: path))/.\(name(of: path)).\(UInt64.random(in: 0 ... .max)).part"
        try remove(temporary)
        do {
            let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            try file.write(bytes, at: 0)
            try file.sync()
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }
}

/// An open file, closed when its owner lets go of it.
final class OpenFile: Sendable {
    let descriptor: Int32
    let path: String

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o644) throws(ModelStoreError) {
        descriptor = open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw FileSystem.failure("cannot be opened", at: path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ bytes: some Sequence<UInt8>, at offset: Int64) throws(ModelStoreError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset) + off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileSystem.failure("cannot be written", at: path) }
            done += count
        }
    }

    /// Up to `count` octets; fewer at the end.
    func read(at offset: Int64, count: Int) throws(ModelStoreError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let start = buffer.baseAddress.map { $0 + filled }
                let got = pread(descriptor, start, count - filled, off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failed = true }
                if got <= 0 { break }
                filled += got
            }
        }
        if failed { throw FileSystem.failure("cannot be read", at: path) }
        return bytes
    }

    func sync() throws(ModelStoreError) {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileSystem.failure("cannot be made durable", at: path) }
        }
    }

    func truncate(to size: Int64) throws(ModelStoreError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileSystem.failure("cannot be cut", at: path) }
    }

    /// Takes the system's lock on the file; false if another process has it.
    func lock(waiting: Bool) throws(ModelStoreError) -> Bool {
        while flock(descriptor, LOCK_EX | (waiting ? 0 : LOCK_NB)) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return false }
            throw FileSystem.failure("cannot be locked", at: path)
        }
        return true
    }

    /// Whether this is still the file of its path, which another process may have moved or replaced.
    var isInPlace: Bool {
        var (own, there) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_dev == there.st_dev
            && own.st_ino == there.st_ino
    }

    /// Gives the lock back before the file is closed.
    func unlock() { flock(descriptor, LOCK_UN) }
}
