internal import FarmModel
internal import OrderedCollections

/// Files are published of the recorded attempt only, and ordered once.
struct PublicationChecker {
    private var published: Set<TaskAttempt> = []

    /// What is wrong with an order to publish; nil if nothing is.
    mutating func published(_ attempt: TaskAttempt, _ ledger: Ledger) -> String? {
        guard published.insert(attempt).inserted else { return "\(attempt) was published twice" }
        guard ledger[attempt.task]?.outcome == .succeeded(attempt: attempt.attempt) else {
            return "\(attempt) was published but not recorded"
        }
        return nil
    }
}
