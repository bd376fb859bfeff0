internal import FarmModel
internal import OrderedCollections

// Leases: who may execute what, and for how long.
extension Coordinator {
    // MARK: - What workers say of them

    /// ACCEPT: the offer is a running attempt, or was void already.
    mutating func accepted(_ attempt: TaskAttempt, by worker: WorkerID, _ turn: inout Turn) {
        if currentLease(attempt, of: worker) != nil {
            renew(attempt, of: worker, &turn)
        } else {
            revoke(attempt, from: worker, isCancelled(attempt.task) ? .cancelled : .superseded, &turn)
        }
    }

    /// DECLINE: the task rests, the worker gets nothing before it says READY again, and nobody is blamed.
    mutating func declined(_ attempt: TaskAttempt, _ reason: String, by worker: WorkerID, _ turn: inout Turn) {
        guard let lease = currentLease(attempt, of: worker), lease.phase == .offered else { return }
        void(
            lease, "worker \(worker) declined: \(reason)", restMilliseconds: configuration.busyDelayMilliseconds,
            &turn)
    }

    /// PING: renews what is listed and ends what is not.
    ///
    /// Listing an offered attempt is as good as its ACCEPT. An offer that is not listed may be on its way still.
    mutating func pinged(_ listed: [TaskAttempt], by worker: WorkerID, _ turn: inout Turn) {
        guard let session = session(of: worker) else { return }
        switch session.phase {
        case .reconciling:
            // The inventory decides; until then nothing is renewed or ended.
            turn.send(.pong(renewed: [], ended: []), to: session)
        case .active:
            var renewed: [TaskAttempt] = []
            var ended: [TaskAttempt] = []
            for attempt in listed.prefix(CoordinatorLimits.inventoryEntries) {
                if renew(attempt, of: worker, &turn) { renewed.append(attempt) } else { ended.append(attempt) }
            }
            let present = Set(renewed)
            for task in workers[worker]?.held ?? [] {
                guard let lease = leases[task], lease.phase == .running, !present.contains(lease.lease.attempt)
                else { continue }
                fail(lease, Failure(.infrastructure, "worker \(worker) no longer has it"), &turn)
            }
            turn.send(.pong(renewed: renewed, ended: ended), to: session)
        }
    }

    /// REVOKED: the worker does not have the attempt, whether or not it was told to drop it.
    mutating func stopped(_ attempt: TaskAttempt, by worker: WorkerID, _ turn: inout Turn) {
        guard let lease = currentLease(attempt, of: worker) else { return }
        fail(lease, Failure(.infrastructure, "worker \(worker) stopped it"), &turn)
    }

    // MARK: - The life of a lease

    /// Enters a lease and its timer.
    mutating func grant(_ lease: Lease, _ phase: ActiveLease.Phase, until deadline: Instant) {
        leases[lease.attempt.task] = ActiveLease(lease: lease, phase: phase, deadline: deadline, timer: deadline)
        workers[lease.worker, default: Worker(id: lease.worker)].held.append(lease.attempt.task)
        timers.set(.lease(lease.attempt), at: deadline)
    }

    /// Renews a lease if it is the worker's; an offer becomes a running attempt by it.
    @discardableResult
    mutating func renew(_ attempt: TaskAttempt, of worker: WorkerID, _ turn: inout Turn) -> Bool {
        guard var lease = currentLease(attempt, of: worker) else { return false }
        lease.deadline = turn.now.advanced(byMilliseconds: configuration.leaseWindowMilliseconds)
        if lease.deadline < lease.timer {
            lease.timer = lease.deadline
            timers.set(.lease(attempt), at: lease.deadline)
        }
        switch lease.phase {
        case .running: break
        case .offered:
            lease.phase = .running
            if let free = session(of: worker)?.free, free > 0 { workers[worker]?.session?.free = free - 1 }
            turn.notify(.attemptStarted(lease.lease))
        }
        leases[attempt.task] = lease
        return true
    }

    /// The lease on exactly this attempt, if this worker has it.
    func currentLease(_ attempt: TaskAttempt, of worker: WorkerID) -> ActiveLease? {
        guard let lease = leases[attempt.task], lease.lease == Lease(attempt: attempt, worker: worker) else {
            return nil
        }
        return lease
    }

    /// A lease's timer is due: it lapses, or is looked at again at its deadline.
    mutating func leaseDue(_ attempt: TaskAttempt, _ timer: Instant, _ turn: inout Turn) {
        guard let lease = leases[attempt.task], lease.lease.attempt == attempt, lease.timer == timer else { return }
        guard lease.deadline <= turn.now else {
            leases[attempt.task]?.timer = lease.deadline
            return timers.set(.lease(attempt), at: lease.deadline)
        }
        switch lease.phase {
        case .offered:
            void(
                lease, "worker \(lease.lease.worker) did not answer the offer",
                restMilliseconds: 0, &turn)
        case .running:
            fail(lease, Failure(.infrastructure, "worker \(lease.lease.worker) was lost: its lease lapsed"), &turn)
        }
    }

    /// Ends an offer that came to nothing: nothing was tried, so no budget is touched but that of being busy.
    ///
    /// The worker's credit is forgotten with it. It says READY at every heartbeat, so one that is well soon has credit
    /// again, and one that is not cannot turn the whole queue over.
    mutating func void(_ lease: ActiveLease, _ reason: String, restMilliseconds rest: Int64, _ turn: inout Turn) {
        workers[lease.lease.worker]?.session?.free = 0
        end(lease, Failure(.busy, reason), restMilliseconds: rest, &turn)
    }

    /// Ends a running attempt with a failure.
    mutating func fail(_ lease: ActiveLease, _ failure: Failure, _ turn: inout Turn) {
        let rest: Int64 =
            switch failure.failureClass {
            case .busy: configuration.busyDelayMilliseconds
            case .infrastructure, .task, .badOutput, .configuration: 0
            }
        let willRetry = end(lease, failure, restMilliseconds: rest, &turn)
        turn.notify(.attemptFailed(lease.lease, failure, willRetry: willRetry))
        endIfDone(lease.lease.attempt.task.job, &turn)
    }

    /// Takes a lease away without a word about its task.
    mutating func remove(_ lease: ActiveLease) {
        leases[lease.lease.attempt.task] = nil
        workers[lease.lease.worker]?.held.remove(lease.lease.attempt.task)
        joinRotation(lease.lease.worker)
        forgetIfIdle(lease.lease.worker)
    }

    /// Tells a worker to stop an attempt; without a session it will learn it from its next inventory.
    func revoke(_ attempt: TaskAttempt, from worker: WorkerID, _ reason: RevokeReason, _ turn: inout Turn) {
        guard let session = session(of: worker) else { return }
        turn.send(.revoke(attempt, reason: reason), to: session)
    }

    /// Ends a lease with a failure; the task is tried again if its budget allows.
    @discardableResult
    private mutating func end(
        _ lease: ActiveLease, _ failure: Failure, restMilliseconds: Int64, _ turn: inout Turn
    ) -> Bool {
        let task = lease.lease.attempt.task
        remove(lease)
        turn.record(.attemptFailed(lease.lease, failure, at: turn.wall))
        let rest = restMilliseconds > 0 ? turn.now.advanced(byMilliseconds: restMilliseconds) : nil
        let willRetry =
            jobs[task.job]?.failAttempt(
                task.index, failure.failureClass, budget: configuration.retries[failure.failureClass],
                restingUntil: rest) ?? false
        if !willRetry {
            turn.record(.taskFailed(task, failure, at: turn.wall))
        } else if let rest {
            timers.set(.rest(task), at: rest)
        } else {
            enqueue(task.job)
        }
        return willRetry
    }

    private func isCancelled(_ task: TaskID) -> Bool { jobs[task.job]?.memory(of: task.index)?.state == .cancelled }
}
