/// Tells an engine that hangs from one that is slow, by the pauses between its signs of life.
///
/// A step may take seconds or minutes, so what counts as hung is a multiple of the longest pause of this very task, and
/// never less than a floor. Before the first step models are loaded and starts are searched: that may take longer.
struct HangWatch: Sendable {
    /// How long an engine may be silent.
    struct Patience: Sendable {
        /// Silence that is always allowed between two steps.
        var floor: Duration
        /// Silence that is allowed before the first step.
        var first: Duration
        /// So many times the longest pause so far are allowed.
        var multiple = 20

        /// The same with a floor, and another bound before the first step than five times as much.
        init(floor: Duration = .seconds(120), first: Duration? = nil) {
            (self.floor, self.first) = (floor, first ?? floor * 5)
        }
    }

    typealias Instant = SuspendingClock.Instant

    private let patience: Patience
    /// What the task itself says, if it does.
    private let stall: Duration?
    private var last: Instant
    private var longest: Duration?
    /// The iteration of the last sign of life.
    private(set) var iteration: UInt32 = 0

    init(_ patience: Patience, stall: Duration? = nil, at now: Instant) {
        (self.patience, self.stall, last) = (patience, stall, now)
    }

    /// A sign of life; `iteration` is nil where it says nothing of steps.
    mutating func heard(iteration: UInt32?, at now: Instant) {
        if let iteration {
            longest = longest.map { max($0, now - last) } ?? .zero
            self.iteration = iteration
        }
        last = now
    }

    /// Silence that means that it hangs.
    var limit: Duration {
        guard let longest else { return max(stall ?? .zero, patience.first) }
        return stall ?? max(patience.floor, longest * patience.multiple)
    }

    /// When it hangs unless it is heard before.
    var deadline: Instant { last + limit }
}
