import CLinux
public import FarmModel
import Glibc

/// Memory that reads past the page cache take turns to use; it belongs to one thread.
public final class ReadScratch {
    let memory = AlignedMemory(count: StoreLimits.scratchBytes)

    /// Makes some.
    public init() {}
}

extension BlobStore {
    /// As `read(_:offset:count:)`, but past the page cache where the file system lets it: for what may never be read again.
    ///
    /// Most blobs are fetched once. Finding memory for them in the cache takes time, and it is taken from what is of use
    /// there.
    public func readOnce(_ digest: Digest, offset: Int64, count: Int, by scratch: ReadScratch) throws -> [UInt8] {
        precondition(offset >= 0 && count >= 0, "\(count) octets at \(offset)")
        let file = try File(path(of: digest), O_RDONLY | O_NOFOLLOW, what: "cannot read a blob")
        let block = StoreLimits.blockBytes
        let lead = Int(offset % Int64(block))
        let whole = (lead + count + block - 1) / block * block
        guard count >= StoreLimits.directBytes, whole <= scratch.memory.bytes.count else {
            return try file.read(at: offset, count: count)
        }
        let blocks = UnsafeMutableRawBufferPointer(rebasing: scratch.memory.bytes[..<whole])
        let filled = file.readPastCache(into: blocks, at: offset - Int64(lead))
        // Nobody asks beyond the end, where the last block is shorter; if it is, or the disk fails, the usual way tells.
        guard filled >= lead + count else { return try file.read(at: offset, count: count) }
        return [UInt8](blocks[lead..<lead + count])
    }
}

extension File {
    /// Fills whole blocks of aligned memory from where a block begins; how many octets came, none if it cannot be done.
    fileprivate func readPastCache(into blocks: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
        guard atelier_bypass_page_cache(descriptor, 1) == 0 else { return 0 }
        defer { _ = atelier_bypass_page_cache(descriptor, 0) }
        while true {
            let count = pread(descriptor, blocks.baseAddress, blocks.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            return max(0, count)
        }
    }
}
