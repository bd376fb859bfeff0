internal import FarmModel
internal import OrderedCollections

// Backups: at the end of a step an idle worker is given a second attempt of a task that takes very long.
//
// The new attempt takes the lease over, so there is one current lease as ever. The old one runs on without a lease:
// its pings are answered as if it had one, its result is welcome, and whoever is second is told to stop.
extension Coordinator {
    /// Looks at a running attempt when it would be a straggler.
    mutating func watchForStraggler(_ attempt: TaskAttempt, at now: Instant) {
        guard let least = configuration.backupMilliseconds else { return }
        timers.set(.straggler(attempt), at: now.advanced(byMilliseconds: least))
    }

    /// An attempt has run for a while: a second one is wanted, or it is looked at again.
    mutating func stragglerDue(_ attempt: TaskAttempt, _ turn: inout Turn) {
        let task = attempt.task
        guard let least = configuration.backupMilliseconds, let lease = leases[task],
            lease.lease.attempt == attempt, let step = jobs[task.job]?.locate(task.index)?.step
        else { return }
        // What went away with its worker is no second attempt; should it come back with a result, that is welcome.
        if let first = overtaken[task], session(of: first.worker) == nil { overtaken[task] = nil }
        let mean = jobs[task.job]?.steps[step].durations.mean
        let threshold = mean.map { max(least, 2 * $0) }
        let age = turn.now.millisecondsSince(lease.started)
        guard let threshold, age >= threshold, isStraggler(task) else {
            let rest = max(configuration.heartbeatMilliseconds, (threshold ?? 0) - age)
            return timers.set(.straggler(attempt), at: turn.now.advanced(byMilliseconds: rest))
        }
        stragglers.append(task)
        isWorkNew = true
        // Nobody may be idle; it is asked again by whoever becomes so.
    }

    /// Whether a second attempt of a task makes sense: it runs alone, and its step has nothing else to give.
    func isStraggler(_ task: TaskID) -> Bool {
        guard let lease = leases[task], lease.phase == .running, overtaken[task] == nil,
            let job = jobs[task.job],
            job.isRunnable, let step = job.locate(task.index)?.step
        else { return false }
        return !job.steps[step].hasReady && job.steps[step].reserved == nil
    }

    /// A task that an idle worker may be given a second attempt of.
    mutating func straggler(for worker: WorkerID, at now: Instant) -> TaskID? {
        for task in stragglers {
            guard let lease = leases[task], overtaken[task] == nil else {
                stragglers.remove(task)
                continue
            }
            guard isStraggler(task), lease.lease.worker != worker, let session = session(of: worker),
                let step = jobs[task.job]?.locate(task.index)?.step,
                let requirements = jobs[task.job]?.spec.steps[step].requirements
            else { continue }
            let key = StepKey(job: task.job, step: step)
            let hasFailed = jobs[task.job]?.failedOn[task.index]?.contains(worker) == true
            if !hasFailed, meets(session, requirements), isOpen(key, to: worker, at: now) { return task }
        }
        return nil
    }

    /// A backup takes the place of a running attempt, which goes on without a lease.
    mutating func overtake(_ running: ActiveLease, _ turn: inout Turn) {
        let task = running.lease.attempt.task
        remove(running, wasVoid: false)
        stragglers.remove(task)
        overtaken[task] = running.lease
        turn.record(
            .attemptReturned(running.lease, reason: "a second attempt was begun", at: turn.wall))
    }

    /// The task of an overtaken attempt has ended: it stops.
    mutating func stopOvertaken(_ task: TaskID, _ reason: RevokeReason, _ turn: inout Turn) {
        stragglers.remove(task)
        guard let lease = overtaken.removeValue(forKey: task) else { return }
        revoke(lease.attempt, from: lease.worker, reason, &turn)
    }

    /// Whether this attempt was overtaken and still runs.
    func isOvertaken(_ attempt: TaskAttempt, of worker: WorkerID) -> Bool {
        overtaken[attempt.task] == Lease(attempt: attempt, worker: worker)
    }

    /// Overtaken attempts that their worker no longer lists have ended there.
    mutating func forgetOvertaken(of worker: WorkerID, except listed: Set<TaskAttempt>) {
        guard !overtaken.isEmpty else { return }
        for lease in overtaken.values.filter({ $0.worker == worker && !listed.contains($0.attempt) }) {
            overtaken[lease.attempt.task] = nil
        }
    }
}
