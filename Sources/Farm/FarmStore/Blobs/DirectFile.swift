import CLinux
import Glibc

/// A file that is written from its start to its end, past the page cache where the file system lets it.
///
/// Nobody reads an upload soon, and pages that are filled once and then written back cost several times what hashing
/// them does. Short pieces and odd ends go through the cache as ever; what is durable only the sync at the end says in
/// either case.
struct DirectFile: Sendable {
    /// Nil while it is closed.
    private var descriptor: Int32?
    private let path: String
    /// Up to where the disk was asked to begin writing.
    private var started: Int64
    /// Whether the descriptor goes past the cache at the moment.
    private var isDirect = false
    /// Whether the file system ever lets it.
    private var mayBeDirect = true

    /// Opens a file that holds `size` octets.
    init(_ path: String, from size: Int64) throws {
        self.path = path
        started = size
        descriptor = try DirectFile.open(path)
    }

    /// Whether it is open.
    var isOpen: Bool { descriptor != nil }

    /// Writes what comes next; `scratch` is memory that such writes take turns to use.
    mutating func write(_ run: ByteRun, at offset: Int64, by scratch: AlignedMemory) throws {
        let descriptor = try opened()
        var (rest, offset) = (run, offset)
        while rest.count > 0 {
            let step = step(rest.count, at: offset, within: scratch.bytes.count)
            let piece = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<step.count])
            rest.fill(piece)
            if try !(step.isDirect && writePastCache(UnsafeRawBufferPointer(piece), descriptor, offset)) {
                setDirect(false, descriptor)
                try File.write(UnsafeRawBufferPointer(piece), to: descriptor, at: offset, path: path)
            }
            offset += Int64(step.count)
        }
        if isDirect { started = offset }
        guard offset - started >= StoreLimits.writeback else { return }
        // The disk works while more comes in, instead of only at the end; an advice, which the system may refuse.
        _ = posix_fadvise(descriptor, off_t(started), off_t(offset - started), POSIX_FADV_DONTNEED)
        started = offset
    }

    /// Makes the first octets durable, and cuts off what a write that failed half way may have left beyond.
    mutating func settle(at size: Int64) throws {
        let descriptor = try opened()
        guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else {
            throw StoreError.system(errno, what: "cannot make an upload durable", at: path)
        }
    }

    /// Lets go of the file; whoever writes or settles opens it again.
    mutating func close() {
        if let descriptor { Glibc.close(descriptor) }
        descriptor = nil
        isDirect = false
    }

    private mutating func opened() throws -> Int32 {
        if let descriptor { return descriptor }
        let opened = try DirectFile.open(path)
        descriptor = opened
        return opened
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError.system(errno, what: "cannot open an upload", at: path) }
        return descriptor
    }

    /// How many of `count` octets at `offset` are written next, and whether past the cache: only whole blocks can be.
    private func step(_ count: Int, at offset: Int64, within room: Int) -> (count: Int, isDirect: Bool) {
        let block = StoreLimits.blockBytes
        // Up to the next block.
        let odd = (block - Int(offset % Int64(block))) % block
        guard mayBeDirect, count - odd >= StoreLimits.directBytes else { return (min(count, room), false) }
        return odd > 0 ? (odd, false) : (min(count, room) / block * block, true)
    }

    private mutating func setDirect(_ isWanted: Bool, _ descriptor: Int32) {
        guard isWanted != isDirect else { return }
        if atelier_bypass_page_cache(descriptor, isWanted ? 1 : 0) == 0 {
            isDirect = isWanted
        } else if isWanted {
            mayBeDirect = false
        }
    }

    /// Writes whole blocks past the cache; false, and never tried again, if the file system does not take them so.
    private mutating func writePastCache(
        _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ offset: Int64
    ) throws -> Bool {
        setDirect(true, descriptor)
        while isDirect {
            let count = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count == bytes.count { return true }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 || errno == EINVAL else {
                throw StoreError.system(errno, what: "cannot write a file", at: path)
            }
            // A disk that fills up in the middle says so when the rest is tried as usual.
            mayBeDirect = false
            return false
        }
        return false
    }
}

/// Memory whose address and length the disk can take as they are.
///
/// It is one huge page if the system has one: what lies in one piece goes to the disk in one request.
final class AlignedMemory: @unchecked Sendable {  // guarded by its owner: `Uploads`, or `ReadScratch`
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: count)
        _ = madvise(bytes.baseAddress, count, MADV_HUGEPAGE)
    }

    deinit { bytes.deallocate() }
}
