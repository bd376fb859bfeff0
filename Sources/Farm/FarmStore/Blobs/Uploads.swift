import FarmModel
import Glibc

/// The unfinished uploads of a blob store; guarded by its lock.
///
/// An upload that is written to has an open file and a digest that grows with it; of many only those written to last
/// have their file open. One that only lies on disk has neither: its bytes are read once when somebody goes on with it.
struct Uploads: Sendable {
    private let folder: String
    private var open: [UploadName: UploadFile] = [:]
    /// Sizes of uploads that only lie on disk, the longest untouched first.
    private var resting: [(name: UploadName, size: Int64)] = []

    private var writes: UInt64 = 0
    private let scratch = AlignedMemory(count: StoreLimits.scratchBytes)

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
    mutating func append(_ name: UploadName, offset: Int64, run: ByteRun, limit: Int) throws -> Int64 {
        var have = size(of: name)
        guard offset <= have else {
            throw StoreError(
                .gap(have: have), what: "bytes at \(offset) do not follow the \(have) that are here",
                at: "\(name.digest)",
                hint: "go on from \(have)")
        }
        try resume(name, limit: limit)
        // A write that failed half way has left more than was counted: what counts is what lies there.
        have = size(of: name)
        var new = run
        new.skip(Int(min(have - offset, Int64(run.count))))
        guard new.count > 0 else { return have }
        parkOthers(for: name)
        try open[name]?.append(new, by: scratch)
        return self.size(of: name)
    }

    /// Checks that an upload is what its name says and makes it durable; a wrong one is deleted.
    mutating func verify(_ name: UploadName, size: Int64) throws {
        var have = self.size(of: name)
        guard have >= size else {
            throw StoreError(
                .gap(have: have), what: "the upload ends at \(have) of \(size) octets", at: "\(name.digest)",
                hint: "go on from \(have)")
        }
        try resume(name, limit: .max)
        have = self.size(of: name)
        guard let upload = open[name] else { preconditionFailure("\(name.digest) was just opened") }
        let found = upload.digest
        guard have == size, found == name.digest else {
            try abandon(name)
            throw StoreError(
                .digestMismatch, what: "\(have) octets arrived with the digest \(found)", at: "\(name.digest)",
                hint: "they were deleted; send the file again from its start")
        }
        do {
            try open[name]?.settle(at: size)
        } catch {
            // The system says only once that octets in its cache never came to the disk: a second try would believe them.
            try? abandon(name)
            throw error
        }
    }

    mutating func suspend(_ name: UploadName) {
        guard var upload = open.removeValue(forKey: name) else { return }
        upload.close()
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

    /// Closes the file that was written to least recently if one more would be too many; its digest stays.
    private mutating func parkOthers(for name: UploadName) {
        writes += 1
        open[name]?.turn = writes
        guard open.count > StoreLimits.openUploads else { return }
        let others = open.filter { $0.value.isOpen && $0.key != name }
        guard others.count >= StoreLimits.openUploads else { return }
        if let oldest = others.min(by: { $0.value.turn < $1.value.turn }) { open[oldest.key]?.close() }
    }

    /// Opens an upload, reading what is here of it; a new one may displace the one that rested longest.
    private mutating func resume(_ name: UploadName, limit: Int) throws {
        guard open[name] == nil else { return }
        if !resting.contains(where: { $0.name == name }), open.count + resting.count >= limit {
            guard let oldest = resting.first else {
                throw StoreError(
                    .overLimit, what: "\(open.count) uploads are under way", at: folder,
                    hint: "try again when one of them has ended")
            }
            try abandon(oldest.name)
        }
        open[name] = try UploadFile(path(of: name))
        resting.removeAll { $0.name == name }
    }
}
