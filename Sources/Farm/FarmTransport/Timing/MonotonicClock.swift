public import FarmModel

/// The clock of a shell: milliseconds since it was made, never set back.
public struct MonotonicClock: Sendable {
    private let origin = ContinuousClock.now

    /// Makes a clock whose origin is now.
    public init() {}

    /// The current instant.
    public var now: Instant { Instant(milliseconds: Int64((ContinuousClock.now - origin) / .milliseconds(1))) }
}
