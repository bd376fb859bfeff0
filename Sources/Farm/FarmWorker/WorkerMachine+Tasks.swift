internal import FarmModel
internal import OrderedCollections

// Attempts: taken, executed, stopped.
extension WorkerMachine {
    /// Attempts that take a slot; detached ones give theirs up when it is needed.
    var occupied: Int { runs.values.count { !$0.isDetached } }

    /// Slots that may be given work.
    var free: UInt32 {
        guard drain == nil, rest == nil else { return 0 }
        // Whatever runs will leave a report, and the outbox has to take all of them.
        let room = Limits.outboxEntries - outbox.count - runs.count
        return UInt32(max(0, min(Int(configuration.slots) - occupied, room)))
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
        guard drain == nil else { return send(.decline(attempt, reason: "draining")) }
        if let rest { return send(.decline(attempt, reason: rest.reason)) }
        for other in runs.keys where other.task == attempt.task {
            guard other < attempt else { return send(.decline(attempt, reason: "a newer attempt is running")) }
            stop(other, "a newer attempt was offered")
        }
        guard free > 0 else { return send(.decline(attempt, reason: "no free slot")) }
        if runs.count >= Int(configuration.slots), let idle = runs.first(where: { $0.value.isDetached })?.key {
            stop(idle, "its slot is needed")
        }
        runs[attempt] = Run(
            lease: lease, due: after(configuration.diskPatienceMilliseconds), iteration: resume?.iteration ?? 0)
        send(.accept(attempt))
        effects.append(.startTask(attempt, spec, resume: resume))
    }

    /// REVOKE: answered whether or not the attempt is known, so that it can be repeated.
    mutating func revoked(_ attempt: TaskAttempt, _ reason: RevokeReason) {
        switch reason {
        case .paused, .preempted:
            // What runs comes back with RETURNED, and what has ended is reported anyway.
            if let run = runs[attempt], !run.isDetached, features.contains(.returns) {
                return suspend(attempt, reason.rawValue, until: after(configuration.suspendMilliseconds))
            }
            if outbox[attempt] != nil { return }
            stop(attempt, reason.rawValue)
        case .cancelled, .superseded: stop(attempt, reason.rawValue)
        case .failed: kill(attempt, reason.rawValue)
        }
        send(.revoked(attempt))
    }

    /// Stops an attempt if it is running.
    mutating func stop(_ attempt: TaskAttempt, _ reason: String) {
        guard end(attempt) != nil else { return }
        effects.append(.stopTask(attempt, reason: reason))
    }

    /// The same without giving its engine the time to end an iteration.
    mutating func kill(_ attempt: TaskAttempt, _ reason: String) {
        guard end(attempt) != nil else { return }
        effects.append(.killTask(attempt, reason: reason))
    }

    /// Takes a run out; its checkpoints go with it.
    @discardableResult
    mutating func end(_ attempt: TaskAttempt) -> Run? {
        guard let run = runs.removeValue(forKey: attempt) else { return nil }
        forgetCheckpoints(of: run, attempt)
        return run
    }

    /// The files of an attempt are here and its engine begins.
    mutating func engineStarted(_ attempt: TaskAttempt) {
        guard let run = runs[attempt], run.lastStep == nil else { return }
        runs[attempt]?.lastStep = now
        runs[attempt]?.due = nil
    }

    /// The engine moves on: passed on, but not too often.
    mutating func progressed(_ attempt: TaskAttempt, _ progress: Progress) {
        engineStarted(attempt)
        guard let run = runs[attempt] else { return }
        if progress.iteration != run.iteration { runs[attempt]?.lastStep = now }
        runs[attempt]?.iteration = progress.iteration
        guard activeSession != nil, !run.isDetached else { return }
        if let last = run.lastProgress, now.millisecondsSince(last) < configuration.progressMilliseconds { return }
        runs[attempt]?.lastProgress = now
        send(.progress(attempt, progress))
    }

    /// An attempt ended well.
    mutating func succeeded(_ attempt: TaskAttempt, _ result: TaskResult) {
        guard end(attempt) != nil else {
            // It was stopped or given back meanwhile, and nobody will ask for its files.
            switch outbox[attempt]?.content {
            case nil, .returned?: effects.append(.forgetOutbox(attempt))
            case .entry?: break
            }
            return
        }
        restMilliseconds = 0
        keep(OutboxEntry(attempt: attempt, outcome: .succeeded(result)))
    }

    /// An attempt ended badly; a detached one has ended at the coordinator already.
    mutating func failed(_ attempt: TaskAttempt, _ failure: Failure) {
        guard let run = end(attempt), !run.isDetached else { return }
        keep(OutboxEntry(attempt: attempt, outcome: .failed(failure)))
    }
}
