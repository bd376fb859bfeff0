/// A point on a monotonic clock, in whole milliseconds since an origin that only its owner knows.
///
/// The machines never read a clock: every event comes with its instant. Instants of two hosts, or of two runs of one
/// process, are not comparable and never travel.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the origin.
    public let milliseconds: Int64

    /// Makes an instant.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Earlier first.
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    /// The instant this many milliseconds later.
    public func advanced(byMilliseconds duration: Int64) -> Instant { Instant(milliseconds: milliseconds + duration) }

    /// Milliseconds from an earlier instant to this one.
    public func millisecondsSince(_ earlier: Instant) -> Int64 { milliseconds - earlier.milliseconds }
}
