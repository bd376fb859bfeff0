internal import FarmModel
internal import OrderedCollections

// Attempts: taken, executed, stopped.
extension WorkerMachine {
    /// Attempts that take a slot; detached ones give theirs up when it is needed.
    var occupied: Int { runs.values.count { !$0.isDetached } }

    /// Slots that may be given work.
    var free: UInt32 {
        guard drainReason == nil, outbox.count < WorkerLimits.outboxEntries else { return 0 }
        return configuration.slots - UInt32(min(occupied, Int(configuration.slots)))
    }

    /// OFFER: taken if there is room, else declined.
    mutating func offered(
        _ attempt: TaskAttempt, _ spec: TaskSpec, leaseMilliseconds: Int64, resume: Checkpoint?
    ) {
        guard activeSession != nil, outbox[attempt] == nil else { return }
        let lease = Run.LeaseView.valid(until: after(leaseMilliseconds))
        if runs[attempt] != nil {
            // Our ACCEPT was lost, or the offer was doubled.
            runs[attempt]?.lease = lease
            return send(.accept(attempt))
        }
        guard drainReason == nil else { return send(.decline(attempt, reason: "draining")) }
        for other in runs.keys where other.task == attempt.task {
            guard other < attempt else { return send(.decline(attempt, reason: "a newer attempt is running")) }
            stop(other, "a newer attempt was offered")
        }
        guard free > 0 else { return send(.decline(attempt, reason: "no free slot")) }
        if runs.count >= Int(configuration.slots), let idle = runs.first(where: { $0.value.isDetached })?.key {
            stop(idle, "its slot is needed")
        }
        runs[attempt] = Run(lease: lease)
        send(.accept(attempt))
        effects.append(.startTask(attempt, spec))
    }

    /// REVOKE: answered whether or not the attempt is known, so that it can be repeated.
    mutating func revoked(_ attempt: TaskAttempt, _ reason: RevokeReason) {
        stop(attempt, reason.rawValue)
        send(.revoked(attempt))
    }

    /// Stops an attempt if it is running.
    mutating func stop(_ attempt: TaskAttempt, _ reason: String) {
        guard runs.removeValue(forKey: attempt) != nil else { return }
        effects.append(.stopTask(attempt, reason: reason))
    }

    /// The engine moves on: passed on, but not too often.
    mutating func progressed(_ attempt: TaskAttempt, _ progress: Progress) {
        guard activeSession != nil, let run = runs[attempt], !run.isDetached else { return }
        if let last = run.lastProgress, now.millisecondsSince(last) < configuration.progressMilliseconds { return }
        runs[attempt]?.lastProgress = now
        send(.progress(attempt, progress))
    }

    /// An attempt ended well.
    mutating func succeeded(_ attempt: TaskAttempt, _ result: TaskResult) {
        guard runs.removeValue(forKey: attempt) != nil else {
            // It was stopped meanwhile, and nobody will ask for its files.
            if outbox[attempt] == nil { effects.append(.forgetOutbox(attempt)) }
            return
        }
        keep(OutboxEntry(attempt: attempt, outcome: .succeeded(result)))
    }

    /// An attempt ended badly; a detached one has ended at the coordinator already.
    mutating func failed(_ attempt: TaskAttempt, _ failure: Failure) {
        guard let run = runs.removeValue(forKey: attempt), !run.isDetached else { return }
        keep(OutboxEntry(attempt: attempt, outcome: .failed(failure)))
    }
}
