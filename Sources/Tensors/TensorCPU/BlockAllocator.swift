import Glibc

/// Aligned memory out of one stretch of addresses, given out again as soon as it comes back.
///
/// A loop asks for the same sizes over and over; handing pages back to the system and faulting them in again would cost
/// more than many an operation, and keeping a store for every size would cost memory. So all blocks lie in one large
/// reservation, of which only the pages that were written are resident. Constants, which outlive everything, have a
/// part of their own. Belongs to one thread at a time, as its backend does.
final class BlockAllocator {
    /// One piece of memory, aligned to a cache line and never smaller than asked for.
    struct Block {
        let base: UnsafeMutableRawPointer
        let bytes: Int
    }

    /// What a block is for.
    enum Purpose {
        /// Weights and what is derived from them.
        case constants
        /// What operations compute.
        case tensor(Arena.Lifetime)
    }

    /// A part of the reservation.
    private struct Part {
        let start: UnsafeMutableRawPointer
        var arena: Arena
        var resident: ResidentStretches

        init(_ start: UnsafeMutableRawPointer, bytes: Int) {
            self.start = start
            arena = Arena(bytes: bytes)
            resident = ResidentStretches(of: bytes)
        }
    }

    private let start: UnsafeMutableRawPointer
    private let capacity: Int
    private var constants: Part
    private var tensors: Part

    private(set) var usedBytes = 0
    /// The most bytes that were ever in use at once.
    private(set) var peakBytes = 0
    private var residentBytes = 0
    /// The most bytes that the system ever had to provide at once, gaps between blocks included.
    private(set) var greatestResidentBytes = 0
    /// How many buffers of constants were made so far.
    private(set) var constantsMade = 0

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
        constants = Part(start, bytes: capacity / 2)
        tensors = Part(start + capacity / 2, bytes: capacity / 2)
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
    var unusedBytes: Int { constants.arena.unusedBytes + tensors.arena.unusedBytes }

    /// Memory for `bytes` bytes; its contents are arbitrary.
    func allocate(bytes: Int, for purpose: Purpose = .tensor(.lasting)) -> Block {
        let size = BlockAllocator.roundedUp(bytes)
        let base =
            switch purpose {
            case .constants: take(size, .lasting, from: &constants) ?? take(size, .lasting, from: &tensors)
            case .tensor(let lifetime): take(size, lifetime, from: &tensors) ?? take(size, lifetime, from: &constants)
            }
        guard let base else {
            preconditionFailure("out of memory: \(size) bytes asked for while \(usedBytes) are in use")
        }
        usedBytes += size
        peakBytes = max(peakBytes, usedBytes)
        greatestResidentBytes = max(greatestResidentBytes, residentBytes)
        return Block(base: base, bytes: size)
    }

    private func take(_ size: Int, _ lifetime: Arena.Lifetime, from part: inout Part) -> UnsafeMutableRawPointer? {
        guard let place = part.arena.take(size, for: lifetime) else { return nil }
        // Whoever asks for a block fills it.
        residentBytes += part.resident.add(place..<place + size)
        return part.start + place
    }

    /// Takes a block back.
    func release(_ block: Block) {
        usedBytes -= block.bytes
        if block.base < tensors.start {
            constants.arena.release(block.base - constants.start, bytes: block.bytes)
        } else {
            tensors.arena.release(block.base - tensors.start, bytes: block.bytes)
        }
    }

    /// Gives the pages of all gaps back to the system.
    func trim() {
        trim(&constants)
        trim(&tensors)
    }

    private func trim(_ part: inout Part) {
        let page = Int(getpagesize())
        for gap in part.arena.trim() {
            let (first, last) = ((gap.lowerBound + page - 1) / page * page, gap.upperBound / page * page)
            guard first < last else { continue }
            madvise(part.start + first, last - first, MADV_DONTNEED)
            residentBytes -= part.resident.remove(first..<last)
        }
    }

    /// Begins to look for the greatest amounts anew.
    func forgetGreatest() {
        peakBytes = usedBytes
        greatestResidentBytes = residentBytes
    }

    /// Counts another buffer of constants.
    func noteConstants() -> Int {
        constantsMade += 1
        return constantsMade
    }

    /// Whole cache lines, and one more: neighbours of the same size do not begin at the same place of a page.
    static func roundedUp(_ bytes: Int) -> Int { (max(bytes, 1) + 63) / 64 * 64 + 64 }
}
