public import FarmModel
import Synchronization

/// One alarm: the newest instant that was asked for replaces the one before; it rings once and is then unset.
public final class WakeTimer: Sendable {
    private struct Alarm {
        var due: Instant?
        var task: Task<Void, Never>?
    }

    private let alarm = Mutex(Alarm())
    private let clock: MonotonicClock
    private let ring: @Sendable () -> Void

    /// Makes a timer; `ring` is called on no particular thread.
    public init(clock: MonotonicClock, ring: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.ring = ring
    }

    /// Rings at `instant` and no more at the one that was asked for before.
    public func wake(at instant: Instant) {
        alarm.withLock { alarm in
            if alarm.due == instant { return }
            alarm.task?.cancel()
            alarm.due = instant
            alarm.task = Task { [self] in
                let wait = max(0, instant.millisecondsSince(clock.now))
                do { try await Task.sleep(for: .milliseconds(wait)) } catch { return }
                let isDue = self.alarm.withLock { alarm in
                    guard alarm.due == instant else { return false }
                    (alarm.due, alarm.task) = (nil, nil)
                    return true
                }
                if isDue { ring() }
            }
        }
    }

    /// Unsets the alarm.
    public func cancel() {
        alarm.withLock { alarm in
            alarm.task?.cancel()
            (alarm.due, alarm.task) = (nil, nil)
        }
    }
}
