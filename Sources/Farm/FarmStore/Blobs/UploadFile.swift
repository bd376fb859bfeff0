import CLinux
import FarmModel
import Glibc

/// The file of an upload that is written to, and the digest that grows with it.
///
/// What is long goes to the disk past the page cache: nobody reads it soon, and pages that are filled once and then
/// written back cost several times what hashing them does. Short pieces and odd ends go through the cache as ever; what
/// is durable only the sync at the end says in either case.
struct UploadFile: Sendable {
    /// Nil while it is parked.
    private var descriptor: Int32?
    private let path: String
    /// Octets that are here.
    private(set) var size: Int64
    private var hash: ContentHash
    /// Up to where the disk was asked to begin writing.
    private var started: Int64
    /// When it was last written to, counted in writes of all uploads.
    var turn: UInt64 = 0
    /// Whether the descriptor goes past the cache at the moment.
    private var isDirect = false
    /// Whether the file system ever lets it.
    private var mayBeDirect = true

    /// Opens a file, making it if need be, and reads what is here of it.
    init(_ path: String) throws {
        let descriptor = try UploadFile.open(path, O_CREAT)
        do {
            let file = try File(path, O_RDONLY | O_NOFOLLOW, what: "cannot read an upload")
            var hash = ContentHash()
            size = try file.forEachPiece { hash.update($0) }
            self.hash = hash
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.path = path
        started = size
    }

    /// Whether its file is open.
    var isOpen: Bool { descriptor != nil }

    /// The digest of all that is here.
    var digest: Digest { hash.digest }

    /// Writes what comes next; `scratch` is memory that such writes take turns to use.
    mutating func append(_ bytes: UnsafeRawBufferPointer, by scratch: AlignedMemory) throws {
        let descriptor = try opened()
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let step = step(rest.count, at: size + Int64(done), within: scratch.bytes.count)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<step.count])
            if step.isDirect, setDirect(true, descriptor) {
                scratch.bytes.copyMemory(from: piece)
                let aligned = UnsafeRawBufferPointer(rebasing: scratch.bytes[..<step.count])
                guard try write(aligned, to: descriptor, at: size + Int64(done)) else {
                    mayBeDirect = false
                    continue
                }
            } else {
                _ = setDirect(false, descriptor)
                try File.write(piece, to: descriptor, at: size + Int64(done), path: path)
            }
            done += step.count
        }
        hash.update(bytes)
        size += Int64(bytes.count)
        if isDirect { started = size }
        guard size - started >= StoreLimits.writeback else { return }
        // The disk works while more comes in, instead of only at the end; an advice, which the system may refuse.
        _ = posix_fadvise(descriptor, off_t(started), off_t(size - started), POSIX_FADV_DONTNEED)
        started = size
    }

    /// Makes the first octets durable, and cuts off what a write that failed half way may have left beyond.
    mutating func settle(at size: Int64) throws {
        let descriptor = try opened()
        guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else {
            throw StoreError.system(errno, what: "cannot make an upload durable", at: path)
        }
    }

    /// Lets go of the file; whoever appends or settles opens it again.
    mutating func close() {
        if let descriptor { Glibc.close(descriptor) }
        descriptor = nil
        isDirect = false
    }

    private mutating func opened() throws -> Int32 {
        if let descriptor { return descriptor }
        let opened = try UploadFile.open(path, 0)
        descriptor = opened
        return opened
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw StoreError.system(errno, what: "cannot open an upload", at: path) }
        return descriptor
    }

    /// How many of `count` octets at `offset` are written next, and whether past the cache: only whole blocks can be.
    private func step(_ count: Int, at offset: Int64, within room: Int) -> (count: Int, isDirect: Bool) {
        let block = StoreLimits.blockBytes
        // Up to the next block.
        let odd = (block - Int(offset % Int64(block))) % block
        guard mayBeDirect, count - odd >= StoreLimits.directBytes else { return (count, false) }
        return odd > 0 ? (odd, false) : (min(count, room) / block * block, true)
    }

    private mutating func setDirect(_ isWanted: Bool, _ descriptor: Int32) -> Bool {
        guard isWanted != isDirect else { return isDirect }
        if isWanted, !mayBeDirect { return false }
        if atelier_bypass_page_cache(descriptor, isWanted ? 1 : 0) == 0 {
            isDirect = isWanted
        } else if isWanted {
            mayBeDirect = false
        }
        return isDirect
    }

    /// Writes past the cache; false if the file system does not take it that way.
    private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int64) throws -> Bool {
        while true {
            let count = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count == bytes.count { return true }
            // A disk that fills up in the middle says so when the rest is tried as usual.
            if count >= 0 || errno == EINVAL { return false }
            guard errno == EINTR else { throw StoreError.system(errno, what: "cannot write a file", at: path) }
        }
    }
}

/// Memory whose address and length the disk can take as they are.
final class AlignedMemory: @unchecked Sendable {  // guarded by the lock of the uploads
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: StoreLimits.blockBytes)
    }

    deinit { bytes.deallocate() }
}
