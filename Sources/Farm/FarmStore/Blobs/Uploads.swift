import FarmModel
import Glibc

/// The unfinished uploads of a blob store; guarded by its lock.
///
/// An upload that is written to has an open file and a digest that grows with it. One that only lies on disk has
/// neither: its bytes are read once when somebody goes on with it.
struct Uploads: Sendable {
    private struct Open: Sendable {
        let descriptor: Int32
        var size: Int64
        var hash: ContentHash
        /// Up to where the disk was asked to begin writing.
        var started: Int64
    }

    private let folder: String
    private var open: [UploadName: Open] = [:]
    /// Sizes of uploads that only lie on disk, the longest untouched first.
    private var resting: [(name: UploadName, size: Int64)] = []

    init(folder: String) { self.folder = folder }

    /// Where an upload lies.
    func path(of name: UploadName) -> String { "\(folder)/\(name.fileName)" }

    /// Lists what a former process left and deletes what is too old or no upload at all; returns how much was deleted.
    mutating func recover(olderThan seconds: Int64) throws -> Int {
        var deleted = 0
        var found: [(name: UploadName, size: Int64, touched: Int)] = []
        let now = time(nil)
        for file in try Disk.names(in: folder) {
            let path = "\(folder)/\(file)"
            var status = stat()
            if let name = UploadName(fileName: file), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                Int64(now - status.st_mtim.tv_sec) <= seconds
            {
                found.append((name, Int64(status.st_size), status.st_mtim.tv_sec))
            } else {
                try Disk.removeTree(path)
                deleted += 1
            }
        }
        resting = found.sorted { ($0.touched, $0.name) < ($1.touched, $1.name) }.map { ($0.name, $0.size) }
        return deleted
    }

    /// Octets of all uploads.
    var totalSize: Int64 { open.values.reduce(0) { $0 + $1.size } + resting.reduce(0) { $0 + $1.size } }

    /// Deletes uploads that nobody has gone on with for so long; returns how many.
    mutating func expire(olderThan seconds: Int64) throws -> Int {
        let now = time(nil)
        var old: [UploadName] = []
        for upload in resting {
            var status = stat()
            if lstat(path(of: upload.name), &status) == 0, Int64(now - status.st_mtim.tv_sec) > seconds {
                old.append(upload.name)
            }
        }
        for name in old { try abandon(name) }
        return old.count
    }

    func size(of name: UploadName) -> Int64 {
        open[name]?.size ?? resting.first { $0.name == name }?.size ?? 0
    }

    /// Writes what is new of some bytes and returns the size.
    mutating func append(_ name: UploadName, offset: Int64, bytes: [UInt8], limit: Int) throws -> Int64 {
        let have = size(of: name)
        guard offset <= have else {
            throw StoreError(
                .gap(have: have), what: "bytes at \(offset) do not follow the \(have) that are here",
                at: "\(name.digest)",
                hint: "go on from \(have)")
        }
        let known = Int(min(have - offset, Int64(bytes.count)))
        try resume(name, limit: limit)
        guard known < bytes.count, var upload = open[name] else { return have }
        try bytes[known...].withUnsafeBytes { piece in
            try File.write(piece, to: upload.descriptor, at: have, path: path(of: name))
            upload.hash.update(piece)
        }
        upload.size += Int64(bytes.count - known)
        if upload.size - upload.started >= StoreLimits.writeback {
            // The disk works while more comes in, instead of only at the end; an advice, which the system may refuse.
            _ = posix_fadvise(
                upload.descriptor, off_t(upload.started), off_t(upload.size - upload.started), POSIX_FADV_DONTNEED)
            upload.started = upload.size
        }
        open[name] = upload
        return upload.size
    }

    /// Checks that an upload is what its name says and makes it durable; a wrong one is deleted.
    mutating func verify(_ name: UploadName, size: Int64) throws {
        let have = self.size(of: name)
        guard have >= size else {
            throw StoreError(
                .gap(have: have), what: "the upload ends at \(have) of \(size) octets", at: "\(name.digest)",
                hint: "go on from \(have)")
        }
        try resume(name, limit: .max)
        guard let upload = open[name] else { preconditionFailure("\(name.digest) was just opened") }
        let found = upload.hash.digest
        guard have == size, found == name.digest else {
            try abandon(name)
            throw StoreError(
                .digestMismatch, what: "\(have) octets arrived with the digest \(found)", at: "\(name.digest)",
                hint: "they were deleted; send the file again from its start")
        }
        // A write that failed half way may have left bytes beyond those that were counted.
        guard ftruncate(upload.descriptor, off_t(size)) == 0, fsync(upload.descriptor) == 0 else {
            throw StoreError.system(errno, what: "cannot make an upload durable", at: path(of: name))
        }
    }

    mutating func suspend(_ name: UploadName) {
        guard let upload = open.removeValue(forKey: name) else { return }
        close(upload.descriptor)
        resting.append((name, upload.size))
    }

    mutating func suspendAll() {
        for name in open.keys.sorted() { suspend(name) }
    }

    /// Forgets an upload whose file has gone elsewhere.
    mutating func forget(_ name: UploadName) {
        suspend(name)
        resting.removeAll { $0.name == name }
    }

    mutating func abandon(_ name: UploadName) throws {
        forget(name)
        try Disk.remove(path(of: name))
    }

    /// Deletes all other uploads of a blob that is stored now.
    mutating func abandonOthers(of digest: Digest) {
        let names = open.keys.filter { $0.digest == digest } + resting.map(\.name).filter { $0.digest == digest }
        // What cannot be deleted is deleted when it is old.
        for name in names { try? abandon(name) }
    }

    /// Opens an upload, reading what is here of it; a new one may displace the one that rested longest.
    private mutating func resume(_ name: UploadName, limit: Int) throws {
        guard open[name] == nil else { return }
        let path = path(of: name)
        if !resting.contains(where: { $0.name == name }), open.count + resting.count >= limit {
            guard let oldest = resting.first else {
                throw StoreError(
                    .overLimit, what: "\(open.count) uploads are under way", at: folder,
                    hint: "try again when one of them has ended")
            }
            try abandon(oldest.name)
        }
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.system(errno, what: "cannot open an upload", at: path) }
        do {
            let file = try File(path, O_RDONLY | O_NOFOLLOW, what: "cannot read an upload")
            var hash = ContentHash()
            let size = try file.forEachPiece { hash.update($0) }
            resting.removeAll { $0.name == name }
            open[name] = Open(descriptor: descriptor, size: size, hash: hash, started: size)
        } catch {
            close(descriptor)
            throw error
        }
    }
}
