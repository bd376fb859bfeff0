import FarmModel
import Glibc

/// The few operations on files that the stores need, each with a typed error that names the path.
enum Disk {
    /// Whether anything lies at a path, a dangling link included.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The size of a regular file; nil if there is none.
    static func size(ofFile path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Whether two paths are names of one file.
    static func isSameFile(_ a: String, _ b: String) -> Bool {
        var first = stat()
        var second = stat()
        guard lstat(a, &first) == 0, lstat(b, &second) == 0 else { return false }
        return first.st_ino == second.st_ino && first.st_dev == second.st_dev
    }

    /// Makes a folder and those above it, each made durable; one that exists keeps its mode.
    static func makeFolder(_ path: String, mode: mode_t) throws {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw StoreError.system(ENOTDIR, what: "cannot make a folder", at: path)
            }
            return
        }
        guard errno == ENOENT else { throw StoreError.system(errno, what: "cannot make a folder", at: path) }
        let parent = folder(of: path)
        if parent != path { try makeFolder(parent, mode: mode) }
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw StoreError.system(errno, what: "cannot make a folder", at: path)
        }
        try sync(folder: parent)
    }

    /// The folder part of a path: `.` for a bare name, `/` for the root.
    static func folder(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// Makes the names in a folder durable.
    static func sync(folder path: String) throws {
        let file = try File(path, O_RDONLY | O_DIRECTORY, what: "cannot open a folder")
        try file.sync()
    }

    /// Names in a folder, sorted; `.` and `..` are left out.
    static func names(in path: String) throws -> [String] {
        guard let stream = opendir(path) else {
            throw StoreError.system(errno, what: "cannot list a folder", at: path)
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

    /// Gives a file another name on the same volume; what had that name is replaced.
    static func rename(_ old: String, to new: String) throws {
        guard Glibc.rename(old, new) == 0 else {
            throw StoreError.system(errno, what: "cannot rename \(old)", at: new)
        }
    }

    /// Deletes a file; none there is fine.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StoreError.system(errno, what: "cannot delete a file", at: path)
        }
    }

    /// Deletes a file or a folder with all it holds; links are deleted, not followed.
    static func removeTree(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try names(in: path) { try removeTree("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw StoreError.system(errno, what: "cannot delete a folder", at: path)
        }
    }

    /// Octets of the volume of a path, and those that an ordinary user could still write.
    static func volume(at path: String) throws -> (total: Int64, free: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw StoreError.system(errno, what: "cannot ask for the free space", at: path)
        }
        func octets(_ blocks: some BinaryInteger) -> Int64 {
            Int64(clamping: UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        }
        return (octets(status.f_blocks), octets(status.f_bavail))
    }

    /// Size and SHA-256 of a file, read in pieces; throws `CancellationError` once `mayGoOn` says false.
    static func digest(ofFile path: String, while mayGoOn: () -> Bool = { true }) throws -> (
        byteCount: Int64, digest: Digest
    ) {
        let file = try File(path, O_RDONLY | O_NOFOLLOW, what: "cannot read a file")
        var hash = ContentHash()
        let count = try file.forEachPiece { piece in
            guard mayGoOn() else { throw CancellationError() }
            hash.update(piece)
        }
        return (count, hash.digest)
    }
}
