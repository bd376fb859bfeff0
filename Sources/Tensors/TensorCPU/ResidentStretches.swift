/// Which parts of an arena are resident: what was given out and not handed back to the system since.
struct ResidentStretches {
    /// Flags of the stretches from the first on, and of those from the last on: both ends fill, the middle stays empty.
    private var low: [Bool] = []
    private var high: [Bool] = []
    private let count: Int

    /// None of an arena of so many bytes.
    init(of bytes: Int) { count = (bytes + Limits.residentStretch - 1) / Limits.residentStretch }

    /// Notes bytes that are going to be written; returns how many became resident.
    mutating func add(_ bytes: Range<Int>) -> Int {
        let end = (bytes.upperBound + Limits.residentStretch - 1) / Limits.residentStretch
        return set(bytes.lowerBound / Limits.residentStretch..<end, to: true)
    }

    /// Notes bytes that the system took back; returns how many are resident no more: what lies in whole stretches.
    mutating func remove(_ bytes: Range<Int>) -> Int {
        let first = (bytes.lowerBound + Limits.residentStretch - 1) / Limits.residentStretch
        return set(first..<max(first, bytes.upperBound / Limits.residentStretch), to: false)
    }

    private mutating func set(_ stretches: Range<Int>, to value: Bool) -> Int {
        var changed = 0
        for stretch in stretches {
            let isLow = stretch < count / 2
            if isLow
                ? Self.change(&low, stretch, to: value) : Self.change(&high, count - 1 - stretch, to: value)
            {
                changed += Limits.residentStretch
            }
        }
        return changed
    }

    /// Whether that was a change.
    private static func change(_ flags: inout [Bool], _ place: Int, to value: Bool) -> Bool {
        if flags.count <= place { flags.append(contentsOf: repeatElement(false, count: place + 1 - flags.count)) }
        defer { flags[place] = value }
        return flags[place] != value
    }
}
