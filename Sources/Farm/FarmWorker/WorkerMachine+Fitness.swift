internal import FarmModel
internal import OrderedCollections

// Fitness: a worker whose disk fails takes no work for a while, so that it does not burn the tasks' retries.
extension WorkerMachine {
    /// A rest of a worker that could not do its work.
    struct Rest: Hashable {
        /// Why, for people.
        let reason: String
        /// When the disk is looked at, or the look has taken too long.
        var until: Instant
        /// Whether it is looked at now.
        var isChecking = false
    }

    /// This node's disk has failed; the attempt that noticed it, if any, goes back without blame.
    mutating func storageFailed(_ attempt: TaskAttempt?, _ reason: String) {
        let text = "the disk of worker \(configuration.worker) failed: \(reason.prefix(WorkerLimits.reasonCharacters))"
        if let attempt { giveBack(attempt, text) }
        if let rest, !rest.isChecking { return }
        let doubled = max(configuration.restMilliseconds, 2 * restMilliseconds)
        restMilliseconds = min(configuration.maximumRestMilliseconds, doubled)
        rest = Rest(reason: text, until: after(restMilliseconds))
    }

    /// The disk was looked at; nil says that it works.
    mutating func storageChecked(_ error: String?) {
        guard let rest, rest.isChecking else { return }
        if let error {
            storageFailed(nil, error)
        } else {
            // How long the last rest was is forgotten with the next success only.
            self.rest = nil
        }
    }

    /// Looks at the disk after a rest; a look that takes too long is a failure.
    mutating func settleRest() {
        guard let rest, rest.until <= now else { return }
        if rest.isChecking {
            storageFailed(nil, "it did not answer for \(configuration.restMilliseconds) ms")
        } else {
            self.rest = Rest(reason: rest.reason, until: after(configuration.restMilliseconds), isChecking: true)
            effects.append(.checkStorage)
        }
    }
}
