internal import FarmModel

/// An entry leaves an outbox only when the coordinator has answered for it, and a result only when it is of no use.
///
/// A result that its disk did not keep within the worker's patience, as the worker sees it, is given up and its task
/// done again. So nothing is demanded of a result whose files are gone, whose disk took longer than half of that
/// patience, or which was kept while its worker stood still.
struct OutboxChecker {
    /// One worker's attempt.
    private struct Place: Hashable {
        let attempt: TaskAttempt
        let host: Int
    }

    private var answers: [Place: Disposition] = [:]
    private var abandoned: Set<Place> = []
    /// Results whose files are gone or that may have been given up: nothing is demanded of them.
    private var lost: Set<Place> = []

    /// A message came to a worker.
    mutating func heard(_ message: CoordinatorMessage, by host: Int) {
        switch message {
        case .resultOK(let attempt, let disposition):
            answers[Place(attempt: attempt, host: host)] = disposition
        case .reconcile(let verdicts):
            for verdict in verdicts where verdict.verdict == .abandon {
                abandoned.insert(Place(attempt: verdict.attempt, host: host))
            }
        default: break
        }
    }

    /// A file of a result is gone from a host's disk, or its worker may have given the result up.
    mutating func lostOutput(of attempt: TaskAttempt, on host: Int) {
        lost.insert(Place(attempt: attempt, host: host))
    }

    /// What is wrong with the deletion of an entry; nil if nothing is.
    func forgot(_ entry: OutboxEntry, on host: Int, _ ledger: Ledger) -> String? {
        let place = Place(attempt: entry.attempt, host: host)
        let answer = answers[place]
        guard answer != nil || abandoned.contains(place) else {
            return "the report of \(entry.attempt) left the outbox without an answer"
        }
        guard case .succeeded = entry.outcome, answer != .rejected, !lost.contains(place) else { return nil }
        guard !ledger.isOpen(entry.attempt.task) || ledger.everCancelled.contains(entry.attempt.task.job) else {
            return "the result of \(entry.attempt) was thrown away although its task is open"
        }
        return nil
    }
}
