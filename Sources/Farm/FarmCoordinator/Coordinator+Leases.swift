internal import FarmModel
internal import OrderedCollections

// Leases: who may execute what, and for how long.
extension Coordinator {
    // MARK: - What workers say of them

    /// ACCEPT: the offer is a running attempt, or was void already.
    mutating func accepted(_ attempt: TaskAttempt, by worker: WorkerID, _ turn: inout Turn) {
        if currentLease(attempt, of: worker) != nil {
            renew(attempt, of: worker, &turn)
        } else if !isOvertaken(attempt, of: worker) {
            revoke(attempt, from: worker, isCancelled(attempt.task) ? .cancelled : .superseded, &turn)
        }
    }

    /// DECLINE: the task rests, the worker gets nothing before it says READY again, and nobody is blamed.
    mutating func declined(
        _ attempt: TaskAttempt, _ reason: String, by worker: WorkerID, _ turn: inout Turn
    ) {
        guard let lease = currentLease(attempt, of: worker), lease.phase == .offered else { return }
        void(
            lease, "worker \(worker) declined: \(reason)",
            restMilliseconds: configuration.busyDelayMilliseconds,
            &turn)
    }

    /// PING: renews what is listed and ends what is not.
    ///
    /// Listing an offered attempt is as good as its ACCEPT. An offer that is not listed may be on its way still.
    mutating func pinged(_ listed: [HeldAttempt], by worker: WorkerID, _ turn: inout Turn) {
        guard let session = session(of: worker) else { return }
        switch session.phase {
        case .reconciling:
            // The inventory decides; until then nothing is renewed or ended.
            turn.send(.pong(renewed: [], ended: []), to: session)
        case .active:
            var renewed: [TaskAttempt] = []
            var ended: [TaskAttempt] = []
            var broken: [(ActiveLease, Failure)] = []
            for held in listed.prefix(Limits.heldAttempts) {
                guard renew(held.attempt, of: worker, &turn) else {
                    let isWelcome = isOvertaken(held.attempt, of: worker)
                    if isWelcome { renewed.append(held.attempt) } else { ended.append(held.attempt) }
                    continue
                }
                renewed.append(held.attempt)
                note(held, at: turn.now)
                if let lease = leases[held.attempt.task] {
                    if lease.phase == .stopping { revoke(held.attempt, from: worker, .paused, &turn) }
                    if let failure = brokenRule(lease, held, at: turn.now) { broken.append((lease, failure)) }
                }
            }
            endMissing(of: worker, except: Set(renewed), &turn)
            for (lease, failure) in broken {
                guard let lease = currentLease(lease.lease.attempt, of: worker) else { continue }
                revoke(lease.lease.attempt, from: worker, .failed, &turn)
                fail(lease, failure, &turn)
            }
            turn.send(.pong(renewed: renewed, ended: ended), to: session)
        }
    }

    /// Notes how far an attempt has come; one that waits with its report stays where it was.
    private mutating func note(_ held: HeldAttempt, at now: Instant) {
        guard !held.hasEnded else { return }
        let task = held.attempt.task
        leases[task]?.iteration = held.iteration
        let resumed = leases[task]?.resume?.iteration ?? 0
        if held.sinceStepMilliseconds > 0 || held.iteration > resumed, leases[task]?.engineStarted == nil {
            leases[task]?.engineStarted = now.advanced(byMilliseconds: -Int64(held.sinceStepMilliseconds))
        }
    }

    /// Running attempts that a ping does not list are no longer its worker's.
    private mutating func endMissing(
        of worker: WorkerID, except present: Set<TaskAttempt>, _ turn: inout Turn
    ) {
        for task in workers[worker]?.held ?? [] {
            guard let lease = leases[task], lease.phase != .offered,
                !present.contains(lease.lease.attempt)
            else {
                continue
            }
            lost(lease, "worker \(worker) no longer has it", .abandoned, &turn)
        }
        forgetOvertaken(of: worker, except: present)
    }

    /// The rule of its step that an attempt breaks by going on; its time is looked at with every ping.
    private func brokenRule(_ lease: ActiveLease, _ held: HeldAttempt, at now: Instant) -> Failure? {
        guard lease.phase == .running, !held.hasEnded, let job = jobs[held.attempt.task.job],
            let (step, _) = job.locate(held.attempt.task.index)
        else { return nil }
        let spec = job.spec.steps[step]
        let silence = Int64(held.sinceStepMilliseconds)
        if let limit = spec.stallMilliseconds, silence > limit {
            return Failure(
                .infrastructure,
                "no iteration for \(silence) ms after \(held.iteration); step \(spec.name) allows \(limit) ms",
                cause: .stalled)
        }
        // What it took to gather its files is no time that it ran.
        guard let limit = spec.maximumMilliseconds, let started = lease.engineStarted else { return nil }
        let age = now.millisecondsSince(started)
        guard age > limit else { return nil }
        return Failure(.task, "it ran for \(age) ms; step \(spec.name) allows \(limit) ms", cause: .overdue)
    }

    /// REVOKED: the worker does not have the attempt, whether or not it was told to drop it.
    mutating func stopped(_ attempt: TaskAttempt, by worker: WorkerID, _ turn: inout Turn) {
        if isOvertaken(attempt, of: worker) { overtaken[attempt.task] = nil }
        guard let lease = currentLease(attempt, of: worker) else { return }
        switch lease.phase {
        case .stopping: giveBack(lease, "worker \(worker) stopped it as asked", &turn)
        case .offered, .running: lost(lease, "worker \(worker) stopped it", .abandoned, &turn)
        }
    }

    // MARK: - The life of a lease

    /// Enters a lease and its timer.
    mutating func grant(
        _ lease: Lease, _ phase: ActiveLease.Phase, until deadline: Instant, at now: Instant,
        resume: Checkpoint?
    ) {
        leases[lease.attempt.task] = ActiveLease(
            lease: lease, phase: phase, deadline: deadline, timer: deadline, started: now,
            iteration: resume?.iteration ?? 0, resume: resume)
        workers[lease.worker, default: Worker(id: lease.worker)].held.append(lease.attempt.task)
        timers.set(.lease(lease.attempt), at: deadline)
        share.began(submitter(of: lease.attempt.task))
    }

    /// Renews a lease if it is the worker's; an offer becomes a running attempt by it.
    @discardableResult
    mutating func renew(_ attempt: TaskAttempt, of worker: WorkerID, _ turn: inout Turn) -> Bool {
        guard var lease = currentLease(attempt, of: worker) else { return false }
        switch lease.phase {
        // Its time to come back does not grow.
        case .stopping: return true
        case .running: break
        case .offered:
            lease.phase = .running
            lease.started = turn.now
            if let free = session(of: worker)?.free, free > 0 {
                workers[worker]?.session?.free = free - 1
            }
            if let step = jobs[attempt.task.job]?.locate(attempt.task.index)?.step,
                let key = jobs[attempt.task.job]?.spec.steps[step].affinity
            {
                workers[worker]?.warm.note(key)
            }
            watchForStraggler(attempt, at: turn.now)
            turn.notify(.attemptStarted(lease.lease))
        }
        lease.deadline = turn.now.advanced(byMilliseconds: configuration.leaseWindowMilliseconds)
        if lease.deadline < lease.timer {
            lease.timer = lease.deadline
            timers.set(.lease(attempt), at: lease.deadline)
        }
        leases[attempt.task] = lease
        return true
    }

    /// Gives a running attempt a while to store a checkpoint and come back.
    mutating func stop(_ lease: ActiveLease, at now: Instant) {
        let task = lease.lease.attempt.task
        let deadline = now.advanced(byMilliseconds: configuration.stopPatienceMilliseconds)
        leases[task]?.phase = .stopping
        leases[task]?.deadline = deadline
        if deadline < lease.timer {
            leases[task]?.timer = deadline
            timers.set(.lease(lease.lease.attempt), at: deadline)
        }
    }

    /// The lease on exactly this attempt, if this worker has it.
    func currentLease(_ attempt: TaskAttempt, of worker: WorkerID) -> ActiveLease? {
        guard let lease = leases[attempt.task] else { return nil }
        let isItsOwn = lease.lease == Lease(attempt: attempt, worker: worker)
        return isItsOwn || sabotage == .forgetsFence ? lease : nil
    }

    /// A lease's timer is due: it lapses, or is looked at again at its deadline.
    mutating func leaseDue(_ attempt: TaskAttempt, _ timer: Instant, _ turn: inout Turn) {
        guard let lease = leases[attempt.task], lease.lease.attempt == attempt, lease.timer == timer
        else { return }
        guard lease.deadline <= turn.now else {
            leases[attempt.task]?.timer = lease.deadline
            return timers.set(.lease(attempt), at: lease.deadline)
        }
        let worker = lease.lease.worker
        switch lease.phase {
        case .offered:
            void(lease, "worker \(worker) did not answer the offer", restMilliseconds: 0, &turn)
        case .running: lost(lease, "worker \(worker) was lost: its lease lapsed", .leaseLapsed, &turn)
        case .stopping: giveBack(lease, "worker \(worker) did not give it back in time", &turn)
        }
    }

    /// Takes a lease away without a word about its task.
    mutating func remove(_ lease: ActiveLease, wasVoid: Bool) {
        leases[lease.lease.attempt.task] = nil
        stragglers.remove(lease.lease.attempt.task)
        workers[lease.lease.worker]?.held.remove(lease.lease.attempt.task)
        share.ended(submitter(of: lease.lease.attempt.task), wasVoid: wasVoid)
        joinRotation(lease.lease.worker)
        forgetIfIdle(lease.lease.worker)
    }

    /// Tells a worker to stop an attempt; without a session it will learn it from its next inventory.
    func revoke(
        _ attempt: TaskAttempt, from worker: WorkerID, _ reason: RevokeReason, _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        turn.send(.revoke(attempt, reason: reason), to: session)
    }

    private func isCancelled(_ task: TaskID) -> Bool {
        jobs[task.job]?.memory(of: task.index)?.state == .cancelled
    }

    private func submitter(of task: TaskID) -> String { jobs[task.job]?.spec.submitter ?? "" }
}
