import FarmModel
import FarmTransport
import Testing

struct WakeTimerTests {
    @Test("A newer wake replaces an earlier one, also by a later instant", .timeLimit(.minutes(5)))
    func replaces() async throws {
        let clock = MonotonicClock()
        let (rings, feed) = AsyncStream.makeStream(of: Instant.self)
        let timer = WakeTimer(clock: clock) { feed.yield(clock.now) }
        let late = clock.now.advanced(byMilliseconds: 120)
        timer.wake(at: clock.now.advanced(byMilliseconds: 30))
        timer.wake(at: late)
        var iterator = rings.makeAsyncIterator()
        let first = try #require(await iterator.next())
        #expect(first >= late, "the earlier alarm must not ring any more")
        // Having rung it can be set again, and an instant in the past rings at once.
        timer.wake(at: Instant(milliseconds: 0))
        #expect(await iterator.next() != nil)
        timer.cancel()
    }
}
