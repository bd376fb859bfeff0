import FarmModel

/// What a simulation draws; its only source of chance.
extension SplitMix64 {
    /// True with a chance in a thousand.
    mutating func chance(_ permille: Int) -> Bool {
        // No draw at all for what cannot happen: most faults are switched off in most worlds.
        permille > 0 && within(0...999) < Int64(permille)
    }

    /// A whole number of a range.
    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        // Multiply and shift instead of rejecting: the bias is far below what anybody could notice here.
        let width = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int64(next().multipliedFullWidth(by: width).high)
    }

    /// A place in something that has so many.
    mutating func index(below count: Int) -> Int { Int(within(0...Int64(count - 1))) }

    /// A duration between 1 and twice a mean, milliseconds.
    mutating func around(_ mean: Int64) -> Int64 { within(1...max(1, 2 * mean)) }
}
