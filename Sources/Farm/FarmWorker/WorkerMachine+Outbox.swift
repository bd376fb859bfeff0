internal import FarmModel
internal import OrderedCollections

// The outbox: an entry is durable, then its files are stored, then it is reported, then it is forgotten.
extension WorkerMachine {
    /// Enters the end of an attempt, durably before a word is said of it.
    mutating func keep(_ entry: OutboxEntry) {
        outbox[entry.attempt] = Report(entry)
        effects.append(.persistOutbox(entry))
    }

    /// RESULT-OK, whatever came of it: the entry is done with.
    mutating func forget(_ attempt: TaskAttempt) {
        guard outbox.removeValue(forKey: attempt) != nil else { return }
        effects.append(.forgetOutbox(attempt))
    }

    /// The files of an entry are stored: what is left is to say so.
    mutating func blobsStored(_ attempt: TaskAttempt) {
        guard case .storing? = outbox[attempt]?.stage else { return }
        advance(attempt, to: .reporting)
    }

    /// Files of a report are missing at the coordinator after all.
    mutating func needBlobs(_ attempt: TaskAttempt, _ digests: [Digest]) {
        guard case .succeeded(let result)? = outbox[attempt]?.entry.outcome else { return }
        let wanted = Set(digests)
        let lacking = result.artifacts.filter { wanted.contains($0.digest) }
        advance(attempt, to: .storing(lacking.isEmpty ? result.artifacts : lacking))
    }

    /// Sends what is due of every entry; nothing leaves unless all is well with the session.
    mutating func flushOutbox() {
        guard activeSession != nil else { return }
        for (attempt, report) in outbox {
            if let next = report.next, next > now { continue }
            let pause: Int64
            switch report.stage {
            case .storing(let artifacts):
                effects.append(.sendBlobs(attempt, artifacts))
                pause = configuration.maximumResendMilliseconds
            case .reporting:
                switch report.entry.outcome {
                case .succeeded(let result): send(.succeeded(attempt, result))
                case .failed(let failure): send(.failed(attempt, failure))
                }
                let doubled = configuration.resendMilliseconds << Int64(min(report.tries, 20))
                pause = min(configuration.maximumResendMilliseconds, doubled)
            }
            let next = after(pause)
            outbox[attempt]?.tries += 1
            outbox[attempt]?.next = next
        }
    }

    private mutating func advance(_ attempt: TaskAttempt, to stage: Report.Stage) {
        outbox[attempt]?.stage = stage
        outbox[attempt]?.tries = 0
        outbox[attempt]?.next = nil
    }
}
