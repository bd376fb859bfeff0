internal import FarmModel
internal import OrderedCollections

// Checkpoints: dropped by the engine, stored at the coordinator one at a time, the newest first of all.
extension WorkerMachine {
    /// The engine dropped a checkpoint; it lies in a file of its own until it is forgotten.
    mutating func dropped(_ attempt: TaskAttempt, _ checkpoint: Checkpoint) {
        guard let run = runs[attempt], !run.isDetached, features.contains(.checkpoints),
            checkpoint.iteration > max(run.saving?.checkpoint.iteration ?? 0, run.pending?.iteration ?? 0)
        else { return effects.append(.forgetCheckpoint(attempt, checkpoint)) }
        if let pending = run.pending { effects.append(.forgetCheckpoint(attempt, pending)) }
        runs[attempt]?.pending = nil
        if run.saving != nil, activeSession != nil {
            // Its transfer goes on: of a fast engine on a slow line none would ever arrive otherwise.
            runs[attempt]?.pending = checkpoint
        } else {
            if let saving = run.saving { effects.append(.forgetCheckpoint(attempt, saving.checkpoint)) }
            runs[attempt]?.saving = Run.Saving(checkpoint: checkpoint)
        }
    }

    /// The blob of a checkpoint is stored: what is left is to say so.
    mutating func checkpointStored(_ attempt: TaskAttempt, iteration: UInt32) {
        guard let saving = runs[attempt]?.saving, saving.checkpoint.iteration == iteration,
            saving.stage == .storing
        else { return }
        runs[attempt]?.saving = Run.Saving(checkpoint: saving.checkpoint, stage: .reporting)
    }

    /// A checkpoint is recorded, not wanted, or cannot be brought there: the next one follows.
    mutating func checkpointDone(_ attempt: TaskAttempt, iteration: UInt32) {
        guard let run = runs[attempt], let saving = run.saving, saving.checkpoint.iteration <= iteration else {
            return
        }
        effects.append(.forgetCheckpoint(attempt, saving.checkpoint))
        runs[attempt]?.saving = run.pending.map { Run.Saving(checkpoint: $0) }
        runs[attempt]?.pending = nil
        if run.pending == nil, let suspension = run.suspension, suspension.isStopped {
            giveBack(attempt, suspension.reason)
        }
    }

    /// The blob of a checkpoint is missing at the coordinator after all.
    mutating func checkpointMissing(_ attempt: TaskAttempt, _ digests: [Digest]) {
        guard let saving = runs[attempt]?.saving, digests.contains(saving.checkpoint.digest) else { return }
        runs[attempt]?.saving = Run.Saving(checkpoint: saving.checkpoint)
    }

    /// Sends what is due of every checkpoint; nothing leaves unless all is well with the session.
    mutating func flushCheckpoints() {
        guard activeSession != nil else { return }
        for (attempt, run) in runs {
            guard let saving = run.saving, (saving.next ?? now) <= now else { continue }
            let pause: Int64
            switch saving.stage {
            case .storing:
                effects.append(.sendCheckpoint(attempt, saving.checkpoint))
                pause = configuration.maximumResendMilliseconds
            case .reporting:
                send(.checkpoint(attempt, saving.checkpoint))
                pause = resendPause(tries: saving.tries)
            }
            let next = after(pause)
            runs[attempt]?.saving?.tries += 1
            runs[attempt]?.saving?.next = next
        }
    }

    /// Deletes what a run that ends has dropped.
    mutating func forgetCheckpoints(of run: Run, _ attempt: TaskAttempt) {
        for checkpoint in [run.saving?.checkpoint, run.pending].compactMap({ $0 }) {
            effects.append(.forgetCheckpoint(attempt, checkpoint))
        }
    }

    // MARK: - Coming back unfinished

    /// Lets the engine drop a checkpoint after the present iteration and stop; returned as it is when time is up.
    mutating func suspend(_ attempt: TaskAttempt, _ reason: String, until deadline: Instant) {
        guard let run = runs[attempt] else { return }
        if let suspension = run.suspension {
            runs[attempt]?.suspension?.deadline = min(suspension.deadline, deadline)
        } else {
            runs[attempt]?.suspension = Run.Suspension(reason: reason, deadline: deadline)
            effects.append(.suspendTask(attempt))
        }
    }

    /// The engine has stopped an attempt, as it was asked to.
    mutating func engineStopped(_ attempt: TaskAttempt) {
        guard let run = runs[attempt] else { return }
        guard let suspension = run.suspension else {
            return failed(attempt, Failure(.infrastructure, "the engine stopped without being asked to"))
        }
        runs[attempt]?.suspension?.isStopped = true
        if run.saving == nil { giveBack(attempt, suspension.reason) }
    }

    /// Gives an attempt back unfinished, as it is.
    mutating func giveBack(_ attempt: TaskAttempt, _ reason: String) {
        guard let run = runs[attempt] else { return }
        if run.suspension?.isStopped == true {
            end(attempt)
        } else {
            kill(attempt, reason)
        }
        guard !run.isDetached else { return }
        // Without a session the next inventory says it.
        if features.contains(.returns) { outbox[attempt] = Report(returned: reason) } else { send(.revoked(attempt)) }
    }

    /// Gives back what was asked to stop and has no time left.
    mutating func settleSuspensions() {
        for (attempt, run) in runs {
            guard let suspension = run.suspension, suspension.deadline <= now else { continue }
            giveBack(attempt, suspension.reason)
        }
    }
}
