import Dispatch
import FarmModel
import Glibc
import Synchronization

/// The file of an upload that is written to, and the digest that grows with it.
struct UploadFile: Sendable {
    private var file: DirectFile
    /// Octets that are here.
    private(set) var size: Int64
    private var hash: ContentHash
    /// When it was last written to, counted in writes of all uploads.
    var turn: UInt64 = 0

    /// Opens a file, making it if need be, and reads what is here of it.
    init(_ path: String) throws {
        let content = try File(path, O_RDONLY | O_CREAT | O_NOFOLLOW, what: "cannot read an upload")
        var hash = ContentHash()
        size = try content.forEachPiece { hash.update($0) }
        self.hash = hash
        file = try DirectFile(path, from: size)
    }

    /// Whether its file is open.
    var isOpen: Bool { file.isOpen }

    /// The digest of all that is here.
    var digest: Digest { hash.digest }

    /// Writes what comes next; `scratch` is memory that such writes take turns to use.
    ///
    /// Meanwhile another thread, if one is free, adds it to the digest: the disk and a core work at the same time.
    mutating func append(_ run: ByteRun, by scratch: AlignedMemory) throws {
        let offset = size
        let writing = Mutex((file: file, outcome: Result<Void, any Error>.success(())))
        let hashing = Mutex(hash)
        DispatchQueue.concurrentPerform(iterations: 2) { part in
            if part == 0 {
                writing.withLock { work in
                    work.outcome = Result { try work.file.write(run, at: offset, by: scratch) }
                }
            } else {
                hashing.withLock { hash in run.forEachPiece { hash.update($0) } }
            }
        }
        file = writing.withLock { $0.file }
        try writing.withLock { $0.outcome }.get()
        hash = hashing.withLock { $0 }
        size += Int64(run.count)
    }

    /// Makes the first octets durable, and cuts off what a write that failed half way may have left beyond.
    mutating func settle(at size: Int64) throws { try file.settle(at: size) }

    /// Lets go of the file; whoever appends or settles opens it again.
    mutating func close() { file.close() }
}
