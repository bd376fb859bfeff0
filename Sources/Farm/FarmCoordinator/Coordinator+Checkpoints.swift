public import FarmModel
internal import OrderedCollections

// Checkpoints: where a task can go on, and attempts that come back unfinished.
extension Coordinator {
    /// CHECKPOINT: recorded if it is further than what is known and its task is still wanted.
    ///
    /// One of an attempt whose lease has ended is as good as any: it is a point of the same task.
    mutating func stored(
        _ checkpoint: Checkpoint, of attempt: TaskAttempt, missing: [Digest], by worker: WorkerID,
        _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        switch standing(of: attempt, reportedBy: worker) {
        case .current, .past:
            guard missing.isEmpty else { return turn.send(.needBlobs(attempt, missing), to: session) }
            let known = jobs[attempt.task.job]?.checkpoints[attempt.task.index]?.first?.iteration ?? 0
            if checkpoint.iteration > known {
                let lease = Lease(attempt: attempt, worker: worker)
                turn.record(.checkpointStored(lease, checkpoint, at: turn.wall))
                turn.notify(.checkpointStored(lease, checkpoint))
                jobs[attempt.task.job]?.add(checkpoint, of: attempt.task.index)
            }
        case .succeeded, .failed, .cancelled, .unknown: break
        }
        turn.send(.checkpointOK(attempt, iteration: checkpoint.iteration), to: session)
    }

    /// Tasks that a blob is a checkpoint of, in order; looks at every task that has one.
    public func tasks(goingOnFrom digest: Digest) -> [TaskID] {
        jobs.values.flatMap { job in
            job.checkpoints.filter { $0.value.contains { $0.digest == digest } }.keys.sorted()
                .map { TaskID(job: job.id, index: $0) }
        }
    }

    /// A checkpoint cannot be read: the next attempt goes on from an older one, or begins anew.
    mutating func dropCheckpoint(_ digest: Digest, of task: TaskID, _ turn: inout Turn) {
        guard jobs[task.job]?.drop(digest, of: task.index) == true else { return }
        turn.record(.checkpointLost(task, digest, at: turn.wall))
    }

    /// RETURNED: nobody is to blame, and the task goes on from its newest checkpoint.
    mutating func returned(
        _ attempt: TaskAttempt, _ reason: String, by worker: WorkerID, _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        let disposition: Disposition
        switch standing(of: attempt, reportedBy: worker) {
        case .current(let lease):
            giveBack(lease, reason, &turn)
            disposition = .recorded
        case .past:
            if isOvertaken(attempt, of: worker) { overtaken[attempt.task] = nil }
            disposition = .duplicate
        case .succeeded, .failed: disposition = .superseded
        case .cancelled, .unknown: disposition = .notWanted
        }
        turn.send(.resultOK(attempt, disposition), to: session)
    }
}
