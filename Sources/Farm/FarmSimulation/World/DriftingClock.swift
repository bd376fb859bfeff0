internal import FarmModel

/// A monotonic clock of one process that started somewhere and runs a little fast or slow.
struct DriftingClock {
    /// What it showed at the world's beginning, milliseconds.
    let origin: Int64
    /// Parts per million by which it is fast.
    let drift: Int64

    /// What it shows at an instant of the world.
    func local(_ world: Instant) -> Instant {
        Instant(milliseconds: origin + world.milliseconds + world.milliseconds * drift / 1_000_000)
    }

    /// The first instant of the world at which it shows at least this.
    func world(_ local: Instant) -> Instant {
        var guess = Instant(milliseconds: (local.milliseconds - origin) * 1_000_000 / (1_000_000 + drift))
        while self.local(guess) < local { guess = guess.advanced(byMilliseconds: 1) }
        while guess.milliseconds > 0, self.local(guess.advanced(byMilliseconds: -1)) >= local {
            guess = guess.advanced(byMilliseconds: -1)
        }
        return guess
    }
}
