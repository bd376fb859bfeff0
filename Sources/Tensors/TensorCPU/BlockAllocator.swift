import Glibc

/// Aligned memory out of one stretch of addresses, given out again as soon as it comes back.
///
/// A loop asks for the same sizes over and over; handing pages back to the system and faulting them in again would cost
/// more than many an operation, and keeping a store for every size would cost memory. So all blocks lie in one large
/// reservation, of which only the pages that were written are resident: a request takes the smallest gap that fits,
/// neighbouring gaps join, and the resident part grows only where no gap fits. Belongs to one thread at a time, as
/// its backend does.
final class BlockAllocator {
    /// One piece of memory, aligned to a cache line and never smaller than asked for.
    struct Block {
        let base: UnsafeMutableRawPointer
        let bytes: Int
    }

    /// Unused memory between blocks, in units of bytes from the start.
    private struct Gap {
        var start: Int
        var bytes: Int
    }

    private let start: UnsafeMutableRawPointer
    private let capacity: Int
    /// By address; none touches another or the end.
    private var gaps: [Gap] = []
    /// Where the part that was ever used ends.
    private var end = 0

    private(set) var usedBytes = 0
    /// The most bytes that were ever in use at once.
    private(set) var peakBytes = 0
    /// Which stretches were given out since they were last handed back to the system.
    private var isWritten: [Bool] = []
    private var writtenStretches = 0
    private var mostWrittenStretches = 0
    /// How many buffers of constants were made so far.
    private(set) var constantsMade = 0

    /// The most bytes that the system ever had to provide at once, gaps between blocks included.
    var greatestResidentBytes: Int { mostWrittenStretches * Limits.residentStretch }

    /// Reserves addresses; memory is taken when it is written to.
    ///
    /// With huge pages a byte that is written to takes two mebibytes: not for what is never filled.
    init(hugePages: Bool = true) {
        // As much as the system lets a process reserve; a limit on addresses may leave less than there is memory.
        var capacity = Limits.reservedBytes
        var start = BlockAllocator.reserve(capacity, hugePages: hugePages)
        while start == nil, capacity > Limits.leastReservedBytes {
            capacity /= 2
            start = BlockAllocator.reserve(capacity, hugePages: hugePages)
        }
        guard let start else { preconditionFailure("out of memory: cannot reserve \(capacity) bytes of addresses") }
        (self.start, self.capacity) = (start, capacity)
    }

    deinit { munmap(start, capacity) }

    private static func reserve(_ bytes: Int, hugePages: Bool) -> UnsafeMutableRawPointer? {
        let start = mmap(
            nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else { return nil }
        // Huge pages where the system has them: fewer misses when a kernel strides through rows.
        if hugePages { madvise(start, bytes, MADV_HUGEPAGE) }
        return start
    }

    /// Bytes between blocks: resident, but in nobody's use.
    var unusedBytes: Int { gaps.reduce(0) { $0 + $1.bytes } }

    /// Memory for `bytes` bytes; its contents are arbitrary.
    func allocate(bytes: Int) -> Block {
        let block = take(bytes)
        noteWritten(block)
        return block
    }

    private func take(_ bytes: Int) -> Block {
        let size = BlockAllocator.roundedUp(bytes)
        usedBytes += size
        peakBytes = max(peakBytes, usedBytes)
        var best: Int?
        for (place, gap) in gaps.enumerated() where gap.bytes >= size {
            if best.map({ gap.bytes < gaps[$0].bytes }) ?? true { best = place }
        }
        if let best {
            let place = gaps[best].start
            if gaps[best].bytes == size {
                gaps.remove(at: best)
            } else {
                gaps[best].start += size
                gaps[best].bytes -= size
            }
            return Block(base: start + place, bytes: size)
        }
        // The last gap may reach the end of what was used.
        var place = end
        if let last = gaps.last, last.start + last.bytes == end {
            place = last.start
            gaps.removeLast()
        }
        precondition(
            place + size <= capacity, "out of memory: \(size) bytes asked for while \(usedBytes - size) are in use")
        end = place + size
        return Block(base: start + place, bytes: size)
    }

    /// Takes a block back.
    func release(_ block: Block) {
        usedBytes -= block.bytes
        let place = block.base - start
        var next = gaps.partitioningIndex { $0.start > place }
        if next < gaps.count, gaps[next].start == place + block.bytes {
            gaps[next].start = place
            gaps[next].bytes += block.bytes
        } else {
            gaps.insert(Gap(start: place, bytes: block.bytes), at: next)
        }
        if next > 0, gaps[next - 1].start + gaps[next - 1].bytes == gaps[next].start {
            gaps[next - 1].bytes += gaps[next].bytes
            gaps.remove(at: next)
            next -= 1
        }
    }

    /// Gives the pages of all gaps back to the system.
    func trim() {
        let page = Int(getpagesize())
        for gap in gaps {
            let (first, last) = ((gap.start + page - 1) / page * page, (gap.start + gap.bytes) / page * page)
            guard first < last else { continue }
            madvise(start + first, last - first, MADV_DONTNEED)
            noteHandedBack(first..<last)
        }
        if let last = gaps.last, last.start + last.bytes == end {
            end = last.start
            gaps.removeLast()
        }
    }

    /// Whoever asks for a block fills it.
    private func noteWritten(_ block: Block) {
        let first = (block.base - start) / Limits.residentStretch
        let end = (block.base - start + block.bytes + Limits.residentStretch - 1) / Limits.residentStretch
        if isWritten.count < end {
            isWritten.append(contentsOf: repeatElement(false, count: end - isWritten.count))
        }
        for stretch in first..<end where !isWritten[stretch] {
            isWritten[stretch] = true
            writtenStretches += 1
        }
        mostWrittenStretches = max(mostWrittenStretches, writtenStretches)
    }

    /// Begins to look for the greatest amounts anew.
    func forgetGreatest() {
        peakBytes = usedBytes
        mostWrittenStretches = writtenStretches
    }

    private func noteHandedBack(_ bytes: Range<Int>) {
        let first = (bytes.lowerBound + Limits.residentStretch - 1) / Limits.residentStretch
        for stretch in first..<max(first, bytes.upperBound / Limits.residentStretch) where isWritten[stretch] {
            isWritten[stretch] = false
            writtenStretches -= 1
        }
    }

    /// Counts another buffer of constants.
    func noteConstants() -> Int {
        constantsMade += 1
        return constantsMade
    }

    /// Whole cache lines, and one more: neighbours of the same size do not begin at the same place of a page.
    static func roundedUp(_ bytes: Int) -> Int { (max(bytes, 1) + 63) / 64 * 64 + 64 }
}

extension Array {
    /// The first index whose element satisfies a condition that all after it satisfy as well.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
