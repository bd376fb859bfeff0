internal import FarmModel
internal import OrderedCollections

// Failures: whose fault it was, who pays for it, and whether the task is tried again.
//
// 1. A task is tried again as long as the budget of the failure's class lasts: the job's own, or the farm's.
// 2. One that takes engines down fails for good at the crash limit, whatever its budget.
// 3. One that is to blame itself fails for good only after several workers have failed it, where there are so many.
// 4. A worker that fails a job several times in a row is blocked from it, where others can go on.
// 5. After the second failure of a node, the task rests, longer each time; and so does a worker after its second
//    misfortune in a row, so that a full disk does not empty every budget.
extension Coordinator {
    /// Ends an offer that came to nothing: nothing was tried, so no budget is touched but that of being busy.
    ///
    /// The worker's credit is forgotten with it. It says READY at every heartbeat, so one that is well soon has credit
    /// again, and one that is not cannot turn the whole queue over.
    mutating func void(
        _ lease: ActiveLease, _ reason: String, restMilliseconds rest: Int64, _ turn: inout Turn
    ) {
        workers[lease.lease.worker]?.session?.free = 0
        end(lease, Failure(.busy, reason), restMilliseconds: rest, wasVoid: true, &turn)
    }

    /// Ends an attempt that its worker has no more; nobody is to blame if that one was to leave.
    mutating func lost(
        _ lease: ActiveLease, _ reason: String, _ cause: Failure.Cause, _ turn: inout Turn
    ) {
        if isLeaving(lease.lease.worker) || lease.phase == .stopping {
            giveBack(lease, reason, &turn)
        } else {
            fail(lease, Failure(.infrastructure, reason, cause: cause), &turn)
        }
    }

    /// Ends a running attempt with a failure.
    mutating func fail(_ lease: ActiveLease, _ failure: Failure, _ turn: inout Turn) {
        let task = lease.lease.attempt.task
        if failure.cause == .checkpointUnreadable, let resume = lease.resume {
            dropCheckpoint(resume.digest, of: task, &turn)
        }
        let rest: Int64 =
            switch failure.failureClass {
            case .busy: configuration.busyDelayMilliseconds
            case .infrastructure:
                configuration.restMilliseconds(
                    afterFailures: 1
                        + (jobs[task.job]?.memory(of: task.index)?.failures[.infrastructure] ?? 0))
            case .task, .badOutput, .configuration: 0
            }
        end(lease, failure, restMilliseconds: rest, wasVoid: false, &turn)
    }

    /// Ends a lease without a verdict: the task goes on from its newest checkpoint, and no budget pays.
    mutating func giveBack(_ lease: ActiveLease, _ reason: String, _ turn: inout Turn) {
        let task = lease.lease.attempt.task
        remove(lease, wasVoid: lease.phase == .offered)
        turn.record(.attemptReturned(lease.lease, reason: reason, at: turn.wall))
        turn.notify(.attemptReturned(lease.lease, reason: reason))
        jobs[task.job]?.release(task.index, restingUntil: nil)
        enqueueStep(of: task)
    }

    /// Ends a lease with a failure; the task is tried again unless a rule ends it, and then perhaps its job with it.
    private mutating func end(
        _ lease: ActiveLease, _ failure: Failure, restMilliseconds: Int64, wasVoid: Bool,
        _ turn: inout Turn
    ) {
        let task = lease.lease.attempt.task
        remove(lease, wasVoid: wasVoid)
        turn.record(.attemptFailed(lease.lease, failure, at: turn.wall))
        guard let tally = jobs[task.job]?.note(failure, of: task.index, on: lease.lease.worker) else { return }
        let final = finalFailure(of: task, failure, tally)
        if let final {
            jobs[task.job]?.fail(task.index)
            turn.record(.taskFailed(task, final, at: turn.wall))
            stopOvertaken(task, .superseded, &turn)
        } else {
            let rest = restMilliseconds > 0 ? turn.now.advanced(byMilliseconds: restMilliseconds) : nil
            jobs[task.job]?.release(task.index, restingUntil: rest)
            if let rest { timers.set(.rest(task), at: rest) } else { enqueueStep(of: task) }
        }
        // Nobody wants to hear of every offer that came to nothing.
        if !wasVoid || final != nil { turn.notify(.attemptFailed(lease.lease, failure, willRetry: final == nil)) }
        if !wasVoid, failure.isBlame { blame(lease.lease.worker, for: task, &turn) }
        guard final != nil else { return }
        failIfTooMany(task.job, &turn)
        endIfDone(task.job, &turn)
    }

    /// How a task fails for good by its last failure; nil if it is tried again.
    private func finalFailure(of task: TaskID, _ failure: Failure, _ tally: FailureTally) -> Failure? {
        if failure.cause?.isCrash == true, tally.crashes >= configuration.crashLimit {
            let text = "it took \(tally.crashes) engines down, the last so: \(failure.message)"
            return Failure(failure.failureClass, text, cause: failure.cause)
        }
        guard let job = jobs[task.job], let step = job.locate(task.index)?.step,
            let budget = (job.spec.retries ?? configuration.retries)[failure.failureClass],
            tally[failure.failureClass] > budget
        else { return nil }
        switch failure.failureClass {
        case .configuration, .busy: return failure
        case .infrastructure where !failure.isBlame: return failure
        case .infrastructure, .task, .badOutput: break
        }
        let failed = job.failedOn[task.index]?.count ?? 0
        guard failed < configuration.distinctWorkers else { return failure }
        let others = hasWorker(
            for: StepKey(job: task.job, step: step), otherThan: job.failedOn[task.index] ?? [])
        return others ? nil : failure
    }

    // MARK: - Blame

    /// Counts a failure against its worker, and blocks it from the job if there were too many in a row.
    private mutating func blame(_ worker: WorkerID, for task: TaskID, _ turn: inout Turn) {
        guard let job = jobs[task.job], !job.isEnded, let step = job.locate(task.index)?.step else {
            return
        }
        let count = blockList.count(worker, task.job)
        guard count >= configuration.blockAfterFailures, !blockList.isBlocked(worker, from: task.job),
            // The last worker that can go on is better than none.
            hasWorker(for: StepKey(job: task.job, step: step), otherThan: [worker])
        else { return }
        let until = turn.now.advanced(byMilliseconds: configuration.forgiveMilliseconds)
        blockList.block(worker, from: task.job, until: until)
        timers.set(.forgiveness(worker, task.job), at: until)
        turn.record(.workerBlocked(worker, task.job, at: turn.wall))
        turn.notify(.workerBlocked(worker, task.job))
        // Chains that waited for it must not; and tasks that it left to others may come back to them.
        for key in workers[worker]?.reserved ?? [] where key.job == task.job {
            endReservation(key)
            enqueue(key)
        }
        isWorkNew = true
    }

    /// A worker has been blocked for long enough.
    mutating func forgivenessDue(_ worker: WorkerID, _ job: JobID, _ turn: inout Turn) {
        guard let until = blockList.blocks[worker]?[job], until <= turn.now else { return }
        _ = blockList.forgive(worker, job)
        turn.record(.workerForgiven(worker, job, at: turn.wall))
        isWorkNew = true
    }

    /// A worker reported that its node failed an attempt: it rests after the second time in a row.
    mutating func misfortune(of worker: WorkerID, at now: Instant) {
        guard let session = session(of: worker) else { return }
        let count = session.misfortunes + 1
        workers[worker]?.session?.misfortunes = count
        let rest = configuration.restMilliseconds(afterFailures: count)
        guard rest > 0 else { return }
        let until = now.advanced(byMilliseconds: rest)
        workers[worker]?.session?.restingUntil = until
        timers.set(.workerRest(session.id), at: until)
    }

    /// A worker has rested long enough.
    mutating func restDue(_ id: SessionID, _ now: Instant) {
        guard let worker = workerBySession[id], let until = session(of: worker)?.restingUntil,
            until <= now
        else {
            return
        }
        workers[worker]?.session?.restingUntil = nil
        joinRotation(worker)
    }

    // MARK: - Jobs

    /// A job with too many failed tasks fails as a whole.
    private mutating func failIfTooMany(_ id: JobID, _ turn: inout Turn) {
        guard let job = jobs[id], let limit = job.spec.failureLimit, !job.isCancelled,
            job.failedCount >= limit,
            !job.isEnded
        else { return }
        let reason = "\(job.failedCount) of its tasks failed; it allows fewer than \(limit)"
        turn.record(.jobFailed(id, reason: reason, at: turn.wall))
        end(id, reason, &turn)
    }

    /// Ends what has not ended of a job; whoever is at work is told.
    mutating func end(_ id: JobID, _ reason: String?, _ turn: inout Turn) {
        dequeue(id)
        for step in jobs[id]?.steps.indices ?? 0..<0 { endReservation(StepKey(job: id, step: step)) }
        for index in jobs[id]?.cancel() ?? [] {
            guard let lease = leases[TaskID(job: id, index: index)] else { continue }
            remove(lease, wasVoid: false)
            revoke(lease.lease.attempt, from: lease.lease.worker, .cancelled, &turn)
        }
        for task in overtaken.keys where task.job == id { stopOvertaken(task, .cancelled, &turn) }
        jobs[id]?.failure = reason
        blockList.forget(id)
        endIfDone(id, &turn)
    }
}
