import Foundation
import Synchronization

/// Work on a thread of its own, of which the calling thread learns the end.
final class Background: Sendable {
    private let outcome = Mutex<(seconds: Double, error: String?)?>(nil)
    private let mayGoOn = Atomic(true)

    /// Starts; `work` is told whether it may go on.
    init(_ work: @escaping @Sendable (_ mayGoOn: () -> Bool) throws -> Void) {
        Thread.detachNewThread { [self] in
            let start = Stopwatch.microseconds
            var error: String?
            do { try work { self.mayGoOn.load(ordering: .relaxed) } } catch let failure { error = "\(failure)" }
            outcome.withLock { $0 = (Stopwatch.seconds(since: start), error) }
        }
    }

    /// Whether it has ended.
    var isOver: Bool { outcome.withLock { $0 != nil } }

    /// Asks it to end soon.
    func stop() { mayGoOn.store(false, ordering: .relaxed) }

    /// Seconds that it took; throws what it failed with.
    func seconds() throws -> Double {
        guard let outcome = outcome.withLock({ $0 }) else { throw FarmBenchError("a blob did not arrive in time") }
        if let error = outcome.error { throw FarmBenchError(error) }
        return outcome.seconds
    }
}
