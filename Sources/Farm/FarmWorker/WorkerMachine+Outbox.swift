internal import FarmModel
internal import OrderedCollections

// The outbox: an entry is durable, then its files are stored, then it is reported, then it is forgotten.
extension WorkerMachine {
    /// Enters the end of an attempt, durably before a word is said of it.
    mutating func keep(_ entry: OutboxEntry) {
        outbox[entry.attempt] = Report(entry, keptUntil: after(configuration.diskPatienceMilliseconds))
        effects.append(.persistOutbox(entry))
    }

    /// An entry is durable, or never will be: what is left is to deliver it.
    mutating func kept(_ attempt: TaskAttempt) {
        guard let report = outbox[attempt], report.keepingDeadline != nil else { return }
        advance(attempt, to: report.afterKeeping)
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

    /// A file of a report is gone from this node's disk: nobody can have it any more.
    mutating func outputLost(_ attempt: TaskAttempt, _ reason: String) {
        guard outbox[attempt]?.result != nil else { return }
        keep(OutboxEntry(attempt: attempt, outcome: .failed(Failure(.infrastructure, "an output was lost: \(reason)"))))
    }

    /// Files of a report or of a checkpoint are missing at the coordinator after all.
    mutating func needBlobs(_ attempt: TaskAttempt, _ digests: [Digest]) {
        checkpointMissing(attempt, digests)
        guard let report = outbox[attempt], report.keepingDeadline == nil, let result = report.result else { return }
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
            case .keeping: continue
            case .storing(let artifacts):
                effects.append(.sendBlobs(attempt, artifacts))
                pause = configuration.maximumResendMilliseconds
            case .reporting:
                send(WorkerMachine.message(of: report, attempt))
                pause = resendPause(tries: report.tries)
            }
            let next = after(pause)
            outbox[attempt]?.tries += 1
            outbox[attempt]?.next = next
        }
    }

    /// The pause before something is said again.
    func resendPause(tries: Int) -> Int64 {
        min(configuration.maximumResendMilliseconds, configuration.resendMilliseconds << Int64(min(tries, 20)))
    }

    private static func message(of report: Report, _ attempt: TaskAttempt) -> WorkerMessage {
        switch report.content {
        case .returned(let reason): return .returned(attempt, reason: reason)
        case .entry(let entry):
            switch entry.outcome {
            case .succeeded(let result): return .succeeded(attempt, result)
            case .failed(let failure): return .failed(attempt, failure)
            }
        }
    }

    /// Lets a report go on at its next stage, from the first try on.
    mutating func advance(_ attempt: TaskAttempt, to stage: Report.Stage) {
        outbox[attempt]?.stage = stage
        outbox[attempt]?.tries = 0
        outbox[attempt]?.next = nil
    }
}
