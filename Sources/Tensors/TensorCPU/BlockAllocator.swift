import Glibc

/// Aligned memory that is kept for the next request of the same size class.
///
/// A loop asks for the same sizes over and over; handing pages back to the system and faulting them in again would
/// cost more than many an operation. What is held hardly exceeds the largest amount ever in use. Belongs to one thread at a time, as its backend does.
final class BlockAllocator {
    /// One piece of memory, aligned to a cache line and never smaller than asked for.
    struct Block {
        let base: UnsafeMutableRawPointer
        let bytes: Int
    }

    private var free: [Int: [(block: Block, released: Int)]] = [:]
    private var clock = 0
    private(set) var usedBytes = 0
    private(set) var cachedBytes = 0
    private var peakBytes = 0
    /// How many buffers of constants were made so far.
    private(set) var constantsMade = 0

    /// Counts another buffer of constants.
    func noteConstants() -> Int {
        constantsMade += 1
        return constantsMade
    }

    deinit {
        for blocks in free.values {
            for entry in blocks { Glibc.free(entry.block.base) }
        }
    }

    /// Memory for `bytes` bytes; its contents are arbitrary.
    func allocate(bytes: Int) -> Block {
        let size = BlockAllocator.sizeClass(bytes)
        usedBytes += size
        peakBytes = max(peakBytes, usedBytes)
        if let entry = free[size]?.popLast() {
            cachedBytes -= size
            return entry.block
        }
        trim()
        // Big blocks lie on huge pages where the system has them: fewer misses when a kernel strides through rows.
        let huge = size >= 4 << 20
        var base: UnsafeMutableRawPointer?
        let status = posix_memalign(&base, huge ? 2 << 20 : 64, size)
        guard status == 0, let base else {
            preconditionFailure("out of memory: \(size) bytes asked for while \(usedBytes - size) are in use")
        }
        if huge { madvise(base, size, MADV_HUGEPAGE) }
        return Block(base: base, bytes: size)
    }

    /// Takes a block back.
    func release(_ block: Block) {
        clock += 1
        usedBytes -= block.bytes
        cachedBytes += block.bytes
        free[block.bytes, default: []].append((block, clock))
        trim()
    }

    /// Frees the longest unused blocks until no more than so many bytes are held unused.
    func trim(keeping bytes: Int) {
        while cachedBytes > bytes, freeOldest() {}
    }

    /// Frees the longest unused blocks until the bound holds.
    private func trim() {
        let bound = peakBytes + peakBytes / 32 + Limits.cachedBytes
        while usedBytes + cachedBytes > bound, cachedBytes > 0, freeOldest() {}
    }

    /// Frees the block that has been unused for the longest time; false if there is none.
    private func freeOldest() -> Bool {
        // Within a class the first entry is the oldest.
        let oldest = free.compactMap { size, blocks in blocks.first.map { (released: $0.released, size: size) } }
            .min { $0.released < $1.released }
        guard let oldest, let entry = free[oldest.size]?.removeFirst() else { return false }
        cachedBytes -= entry.block.bytes
        Glibc.free(entry.block.base)
        return true
    }

    /// The request rounded up so that at most an eighth is wasted: eight classes an octave.
    static func sizeClass(_ bytes: Int) -> Int {
        let least = max(bytes, 256)
        let step = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount - 3)
        return (least + step - 1) / step * step
    }
}
