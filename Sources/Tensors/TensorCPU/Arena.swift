/// A stretch of addresses from which blocks are given out, by offsets from its beginning.
///
/// A request takes the smallest gap that fits; neighbouring gaps join; the part in use grows only where no gap fits.
/// What lasts grows from the one end and what passes from the other, so that the passing leaves no gaps among the
/// lasting.
struct Arena {
    /// How long a block is likely to be in use; nothing but its place depends on it.
    enum Lifetime {
        /// Until somebody comes back to it, as the tape does.
        case lasting
        /// Until the next operations have read it.
        case passing
    }

    /// Unused memory between blocks.
    private struct Gap {
        var start: Int
        var bytes: Int
        var end: Int { start + bytes }
    }

    /// By address; none touches another.
    private var gaps: [Gap] = []
    /// What was never given out, between what lasts and what passes.
    private var untouched: Range<Int>

    /// An arena of so many bytes.
    init(bytes: Int) { untouched = 0..<bytes }

    /// Bytes between blocks: resident, but in nobody's use.
    var unusedBytes: Int { gaps.reduce(0) { $0 + $1.bytes } }

    /// Where a block of `size` bytes goes; nil if there is no room.
    mutating func take(_ size: Int, for lifetime: Lifetime) -> Int? {
        fill(size, lifetime) ?? grow(by: size, lifetime) ?? fill(size, lifetime, fromAnyGap: true)
    }

    /// The smallest gap that fits, at the block's own end if there is one.
    private mutating func fill(_ size: Int, _ lifetime: Lifetime, fromAnyGap: Bool = false) -> Int? {
        /// Smaller is better; nil does not do.
        func rank(_ gap: Gap) -> (Int, Int)? {
            guard gap.bytes >= size else { return nil }
            if self.lifetime(at: gap.start) == lifetime { return (0, gap.bytes) }
            // In a small gap what lasts would soon lie in the way of a larger block that passes.
            return lifetime == .lasting && gap.bytes < Limits.sharedGap && !fromAnyGap ? nil : (1, gap.bytes)
        }
        var best: (place: Int, rank: (Int, Int))?
        for (place, gap) in gaps.enumerated() {
            guard let rank = rank(gap) else { continue }
            if best.map({ rank < $0.rank }) ?? true { best = (place, rank) }
        }
        guard let best else { return nil }
        let gap = gaps[best.place]
        guard gap.bytes > size else { return gaps.remove(at: best.place).start }
        gaps[best.place].bytes -= size
        // Either end is filled from its outermost place.
        guard self.lifetime(at: gap.start) == .lasting else { return gap.end - size }
        gaps[best.place].start += size
        return gap.start
    }

    /// Which blocks lie around a place.
    private func lifetime(at place: Int) -> Lifetime { place < untouched.lowerBound ? .lasting : .passing }

    /// Takes from the untouched part, together with a gap that reaches it.
    private mutating func grow(by size: Int, _ lifetime: Lifetime) -> Int? {
        let (before, after) = neighbours
        switch lifetime {
        case .lasting:
            let place = before.map { gaps[$0].start } ?? untouched.lowerBound
            guard place + size <= untouched.upperBound else { return nil }
            if let before { gaps.remove(at: before) }
            untouched = place + size..<untouched.upperBound
            return place
        case .passing:
            let place = (after.map { gaps[$0].end } ?? untouched.upperBound) - size
            guard place >= untouched.lowerBound else { return nil }
            if let after { gaps.remove(at: after) }
            untouched = untouched.lowerBound..<place
            return place
        }
    }

    /// The gaps that touch the untouched part on either side.
    private var neighbours: (before: Int?, after: Int?) {
        let next = firstGap { $0.start >= untouched.lowerBound }
        let before = next > 0 && gaps[next - 1].end == untouched.lowerBound ? next - 1 : nil
        let after = next < gaps.count && gaps[next].start == untouched.upperBound ? next : nil
        return (before, after)
    }

    /// Takes a block back.
    mutating func release(_ place: Int, bytes: Int) {
        let next = firstGap { $0.start > place }
        var gap = Gap(start: place, bytes: bytes)
        var replaced = next..<next
        if next < gaps.count, gaps[next].start == gap.end {
            gap.bytes += gaps[next].bytes
            replaced = next..<next + 1
        }
        if next > 0, gaps[next - 1].end == place {
            gap = Gap(start: gaps[next - 1].start, bytes: gaps[next - 1].bytes + gap.bytes)
            replaced = next - 1..<replaced.upperBound
        }
        gaps.replaceSubrange(replaced, with: [gap])
    }

    /// The gaps, of which those that touch the untouched part are added to it.
    mutating func trim() -> [Range<Int>] {
        let emptied = gaps.map { $0.start..<$0.end }
        let (before, after) = neighbours
        if let after { untouched = untouched.lowerBound..<gaps.remove(at: after).end }
        if let before { untouched = gaps.remove(at: before).start..<untouched.upperBound }
        return emptied
    }

    /// The first gap that satisfies a condition which all after it satisfy as well.
    private func firstGap(where condition: (Gap) -> Bool) -> Int {
        var (low, high) = (0, gaps.count)
        while low < high {
            let middle = (low + high) / 2
            if condition(gaps[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
