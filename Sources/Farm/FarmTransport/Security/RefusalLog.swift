public import FarmModel

/// Decides which refusals are worth a line of the log: each one once, and no more than so many in a minute.
///
/// Whoever reaches a port can be refused as often as he likes, and under as many keys, so the bound holds for all of
/// them together; what was left out is counted.
public struct RefusalLog: Sendable {
    private var said: Set<String> = []
    private var minute = Int64.min
    private var lines = 0
    private var untold = 0

    /// Starts with nothing said.
    public init() {}

    /// Takes a refusal, named by all that makes it another one than those before.
    ///
    /// - Returns: nil if nothing is to be said; else how many others were left out since the line before.
    public mutating func hear(_ refusal: String, at now: Instant) -> Int? {
        guard !said.contains(refusal) else { return nil }
        if now.milliseconds / 60_000 != minute { (minute, lines) = (now.milliseconds / 60_000, 0) }
        guard lines < TransportLimits.refusalsPerMinute else {
            untold += 1
            return nil
        }
        if said.count >= TransportLimits.refusalsRemembered { said = [] }
        said.insert(refusal)
        lines += 1
        defer { untold = 0 }
        return untold
    }
}
