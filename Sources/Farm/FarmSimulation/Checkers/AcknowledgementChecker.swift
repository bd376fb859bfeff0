internal import FarmModel
internal import OrderedCollections

/// What leaves the coordinator is durable already: nothing is offered, acknowledged or promised before its commit.
struct AcknowledgementChecker {
    private var jobsByKey: [Digest: JobID] = [:]

    /// What is wrong with a message to a worker, against what is committed; nil if nothing is.
    func sent(_ message: CoordinatorMessage, to worker: WorkerID?, _ ledger: Ledger) -> String? {
        switch message {
        case .resultOK(let attempt, .recorded):
            guard ledger.endedAttempts.contains(attempt) else {
                return "\(attempt) was acknowledged before it was committed"
            }
        case .resultOK(let attempt, .duplicate):
            guard ledger.endedAttempts.contains(attempt) || ledger.everCancelled.contains(attempt.task.job) else {
                return "\(attempt) was called a duplicate but was never committed"
            }
        case .resultOK(let attempt, .superseded):
            guard ledger[attempt.task]?.attempt ?? 0 > attempt.attempt || !ledger.isOpen(attempt.task) else {
                return "\(attempt) was called superseded but is the latest of an open task"
            }
        case .offer(let attempt, _, _, let resume):
            guard ledger.startedAttempts.contains(attempt), let task = ledger[attempt.task] else {
                return "\(attempt) was offered before its number was committed"
            }
            // In a batch the lease may have ended already, or the next may have begun; but it cannot be another's.
            guard task.attempt == attempt.attempt else { return nil }
            if let holder = task.leasedTo, let worker, holder != worker {
                return "\(attempt) was offered to \(worker) but is leased to \(holder)"
            }
            if let resume, task.leasedTo != nil, !task.checkpoints.contains(resume),
                !ledger.justLost.contains(resume.digest)
            {
                return "\(attempt) was to go on from a checkpoint that is not committed"
            }
        case .drain(let mode):
            guard let worker, ledger.everDrained.contains(worker) else {
                return "\(worker?.name ?? "a worker") was told to drain (\(mode)) before that was committed"
            }
        default: break
        }
        return nil
    }

    /// What is wrong with an answer to a client, against what is committed; nil if nothing is.
    mutating func replied(_ reply: ClientReply, _ ledger: Ledger) -> String? {
        guard case .submitted(let job, _) = reply else { return nil }
        guard let key = ledger.jobs[job]?.key else { return "\(job) was confirmed before it was committed" }
        if let known = jobsByKey[key], known != job { return "\(job) has the key of \(known)" }
        jobsByKey[key] = job
        return nil
    }
}
