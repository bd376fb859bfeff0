import FarmModel
import FarmTransport
import OrderedCollections
import Synchronization

/// What the writer of output folders is asked to do; asking never waits.
///
/// Results are not listed here: they are in the store, and a bell says that some are new. So nothing grows while the
/// writer is busy, and the planner never waits for a disk that is not its own.
final class OutputOrders: Sendable {
    private struct State {
        var ended: OrderedDictionary<JobID, JobStatus> = [:]
        var recovered: OrderedDictionary<JobID, JobStatus> = [:]
        var changed: Set<JobID> = []
        var isClosing = false
    }

    private let state = Mutex(State())
    private let bell = Mailbox<Bool>(capacity: 1)

    /// Says that time has passed.
    func ring() { bell.offer(true) }

    /// Says that results of a job were recorded.
    func note(_ job: JobID) {
        state.withLock { _ = $0.changed.insert(job) }
        ring()
    }

    /// Takes the jobs with new results.
    func takeChanged() -> Set<JobID> {
        state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
    }

    /// Whether a job has ended, for whose folder somebody may wait.
    var isPressing: Bool { state.withLock { !$0.ended.isEmpty || $0.isClosing } }

    /// Says that all tasks of a job have ended.
    func finish(_ status: JobStatus) {
        state.withLock { $0.ended[status.job] = status }
        ring()
    }

    /// Says which jobs had ended when this process started.
    func recover(_ ended: [JobStatus]) {
        state.withLock { state in for status in ended { state.recovered[status.job] = status } }
    }

    /// Finishes those of the recovered jobs that are not complete.
    func forget(_ complete: Set<JobID>) {
        state.withLock { state in
            for (job, status) in state.recovered where !complete.contains(job) && state.ended[job] == nil {
                state.ended[job] = status
            }
            state.recovered = [:]
        }
    }

    /// Makes whoever works stop soon; nothing is waited for any more.
    func close() {
        state.withLock { $0.isClosing = true }
        bell.finish()
    }

    /// Whether the end has come.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Waits for the bell; false at the end.
    func next() async -> Bool {
        let rings = await bell.next(upTo: 1)
        return !rings.isEmpty && !isClosing
    }

    /// Takes the jobs that have ended.
    func takeEnded() -> [JobStatus] {
        state.withLock { state in
            defer { state.ended = [:] }
            return Array(state.ended.values)
        }
    }
}
