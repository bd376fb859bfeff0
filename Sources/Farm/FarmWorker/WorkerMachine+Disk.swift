internal import FarmModel
internal import OrderedCollections

// The disk: what an attempt waits for there is waited for until a deadline, since a disk may never answer.
extension WorkerMachine {
    /// What is gathered for attempts comes in, so that neither the line nor the disk is stuck.
    mutating func filesArrive() {
        let due = after(configuration.diskPatienceMilliseconds)
        for (attempt, run) in runs where run.lastStep == nil { runs[attempt]?.due = due }
    }

    /// The engine of an attempt is done; what is left is to read its outputs once.
    mutating func engineEnded(_ attempt: TaskAttempt) {
        engineStarted(attempt)
        let due = after(configuration.diskPatienceMilliseconds)
        runs[attempt]?.due = due
    }

    /// Gives up what the disk has not done in time: the attempt fails for this node, and another has it instead.
    ///
    /// That is reported without being kept first, since keeping is what the disk does not do.
    mutating func settleDisk() {
        let seconds = configuration.diskPatienceMilliseconds / 1_000
        for (attempt, run) in runs {
            guard let due = run.due, due <= now else { continue }
            let what = run.lastStep == nil ? "its files were not gathered" : "its outputs were not read"
            let reason = "\(what) within \(seconds) s"
            kill(attempt, reason)
            if !run.isDetached { reportStuck(attempt, reason) }
            storageFailed(nil, reason)
        }
        for (attempt, report) in outbox {
            guard let deadline = report.keepingDeadline, deadline <= now else { continue }
            let reason = "its end was not kept within \(seconds) s"
            if report.result == nil {
                // A failure is in no file.
                advance(attempt, to: report.afterKeeping)
            } else {
                reportStuck(attempt, reason)
            }
            storageFailed(nil, reason)
        }
    }

    private mutating func reportStuck(_ attempt: TaskAttempt, _ reason: String) {
        let text = "the disk of worker \(configuration.worker) does not answer: \(reason)"
        outbox[attempt] = Report(OutboxEntry(attempt: attempt, outcome: .failed(Failure(.infrastructure, text))))
    }
}
