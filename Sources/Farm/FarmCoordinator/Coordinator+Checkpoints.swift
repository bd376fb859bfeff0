internal import FarmModel
internal import OrderedCollections

// Checkpoints: where a task can go on, and attempts that come back unfinished.
extension Coordinator {
    /// CHECKPOINT: recorded if it is further than what is known and its task is still wanted.
    mutating func stored(
        _ checkpoint: Checkpoint, of attempt: TaskAttempt, missing: [Digest], by worker: WorkerID, _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        switch standing(of: attempt, reportedBy: worker) {
        case .current, .past:
            guard missing.isEmpty else { return turn.send(.needBlobs(attempt, missing), to: session) }
            let known = jobs[attempt.task.job]?.checkpoints[attempt.task.index] ?? []
            if checkpoint.iteration > known.first?.iteration ?? 0 {
                turn.record(.checkpointStored(Lease(attempt: attempt, worker: worker), checkpoint, at: turn.wall))
                jobs[attempt.task.job]?.checkpoints[attempt.task.index] =
                    [checkpoint] + known.prefix(Limits.checkpoints - 1)
            }
        case .succeeded, .failed, .cancelled, .unknown: break
        }
        turn.send(.checkpointOK(attempt, iteration: checkpoint.iteration), to: session)
    }

    /// RETURNED: nobody is to blame, and the task goes on from its newest checkpoint.
    mutating func returned(_ attempt: TaskAttempt, _ reason: String, by worker: WorkerID, _ turn: inout Turn) {
        guard let session = session(of: worker) else { return }
        let disposition: Disposition
        switch standing(of: attempt, reportedBy: worker) {
        case .current(let lease):
            giveBack(lease, reason, &turn)
            disposition = .recorded
        case .past: disposition = .duplicate
        case .succeeded, .failed: disposition = .superseded
        case .cancelled, .unknown: disposition = .notWanted
        }
        turn.send(.resultOK(attempt, disposition), to: session)
    }

    /// Ends a lease without a verdict.
    mutating func giveBack(_ lease: ActiveLease, _ reason: String, _ turn: inout Turn) {
        let task = lease.lease.attempt.task
        remove(lease)
        turn.record(.attemptReturned(lease.lease, reason: reason, at: turn.wall))
        jobs[task.job]?.giveBack(task.index)
        enqueue(task.job)
    }
}
