internal import DequeModule
public import FarmModel
internal import OrderedCollections

extension Coordinator {
    /// Traps with a text if the state contradicts itself; for tests and simulations, since it looks at everything.
    ///
    /// - Leases and leased tasks are one to one, each held by one worker under the task's latest attempt.
    /// - Every task that has not ended is in the ready queue, is paused, has a timer, or waits for a dependency.
    /// - No worker with credit is left beside a task that fits it.
    /// - All counters and indexes say what the tables say.
    public func checkInvariants() {
        do { try proveInvariants() } catch { preconditionFailure(error.description) }
    }

    /// The same, but throws the text: a simulation goes on to say how it came to that.
    public func proveInvariants() throws(BrokenInvariant) {
        try checkLeases()
        try checkSessions()
        try checkQueue()
        try checkTurns()
        for job in jobs.values { try job.proveInvariants() }
    }

    private func checkLeases() throws(BrokenInvariant) {
        var timed: Set<Timers.Entry.Key> = []
        for entry in timers.entries { timed.insert(Timers.Entry.Key(entry)) }
        let leased = jobs.values.reduce(0) { $0 + Int($1.status.running) }
        try BrokenInvariant.unless(
            leases.count == leased, "\(leases.count) leases for \(leased) leased tasks")
        let held = workers.values.reduce(0) { $0 + $1.held.count }
        try BrokenInvariant.unless(
            leases.count == held, "\(leases.count) leases, \(held) of them held by workers")
        for (task, lease) in leases {
            let memory = jobs[task.job]?.memory(of: task.index)
            try BrokenInvariant.unless(
                memory?.state == .leased, "\(lease.lease.attempt) has a lease but its task is not leased")
            try BrokenInvariant.unless(
                lease.lease.attempt.task == task && memory?.attempt == lease.lease.attempt.attempt,
                "the lease of \(task) is of \(lease.lease.attempt), the latest attempt is \(memory?.attempt ?? 0)"
            )
            try BrokenInvariant.unless(
                workers[lease.lease.worker]?.held.contains(task) == true,
                "\(lease.lease.worker) does not know that it holds \(lease.lease.attempt)")
            try BrokenInvariant.unless(
                lease.timer <= lease.deadline,
                "the timer of \(lease.lease.attempt) comes after its deadline")
            try BrokenInvariant.unless(
                timed.contains(Timers.Entry.Key(at: lease.timer, subject: .lease(lease.lease.attempt))),
                "\(lease.lease.attempt) has no timer")
        }
        try check(timed)
        for job in jobs.values {
            for (task, until) in job.resting {
                try BrokenInvariant.unless(
                    timed.contains(Timers.Entry.Key(at: until, subject: .rest(task))),
                    "\(task) rests without a timer")
            }
        }
    }

    private func checkSessions() throws(BrokenInvariant) {
        let watched = Set(
            timers.entries.compactMap { entry -> SessionID? in
                guard case .session(let id) = entry.subject else { return nil }
                return id
            })
        var sessions = 0
        for (id, worker) in workers {
            try BrokenInvariant.unless(worker.id == id, "worker \(id) is filed as \(worker.id)")
            try BrokenInvariant.unless(
                worker.session != nil || !worker.held.isEmpty, "\(id) has neither a session nor a lease")
            guard let session = worker.session else { continue }
            sessions += 1
            try BrokenInvariant.unless(
                workerBySession[session.id] == id, "the session of \(id) is not known by its number")
            try BrokenInvariant.unless(watched.contains(session.id), "the session of \(id) has no timer")
            try BrokenInvariant.unless(
                session.free <= min(session.hello.slots, UInt32(Limits.slots)),
                "\(id) has \(session.free) free slots of \(session.hello.slots)")
            let isResting = session.restingUntil.map { until in
                !timers.entries.contains { $0.at == until && $0.subject == .workerRest(session.id) }
            }
            try BrokenInvariant.unless(isResting != true, "\(id) rests without a timer")
            if case .reconciling = session.phase {
                try BrokenInvariant.unless(session.free == 0, "\(id) has credit too early")
            }
        }
        try BrokenInvariant.unless(
            workerBySession.count == sessions, "\(workerBySession.count) numbers for \(sessions) sessions"
        )
        for (route, id) in sessionByRoute {
            guard let worker = workerBySession[id], let session = session(of: worker), session.id == id,
                session.route == route
            else { throw BrokenInvariant("an address leads to session \(id.number), which is not there") }
        }
    }

    /// What has a timer of its own beside leases and rests.
    private func check(_ timed: Set<Timers.Entry.Key>) throws(BrokenInvariant) {
        for key in reservations {
            guard let reservation = jobs[key.job]?.steps[key.step].chain.reservation,
                workers[reservation.worker]?.reserved.contains(key) == true,
                timed.contains(Timers.Entry.Key(at: reservation.until, subject: .reservation(key)))
            else { throw BrokenInvariant("a task of \(key.job) is kept for nobody, or without a timer") }
        }
        let kept = workers.values.reduce(0) { $0 + $1.reserved.count }
        try BrokenInvariant.unless(
            kept == reservations.count, "\(kept) of \(reservations.count) chains know their worker")
        for (worker, blocked) in blockList.blocks {
            for (job, until) in blocked {
                try BrokenInvariant.unless(
                    timed.contains(Timers.Entry.Key(at: until, subject: .forgiveness(worker, job))),
                    "\(worker) is blocked from \(job) for ever")
            }
        }
        for (task, lease) in overtaken {
            try BrokenInvariant.unless(
                lease.attempt.task == task, "\(task) was overtaken as \(lease.attempt)")
            let memory = jobs[task.job]?.memory(of: task.index)
            let isOpen =
                switch memory?.state {
                case .ready, .resting, .leased: true
                case .succeeded, .failed, .cancelled, nil: false
                }
            try BrokenInvariant.unless(isOpen, "\(lease.attempt) runs on although its task has ended")
        }
        let running = share.accounts.values.reduce(0) { $0 + $1.running }
        try BrokenInvariant.unless(
            running == leases.count, "\(running) shares for \(leases.count) leases")
    }

    private func checkQueue() throws(BrokenInvariant) {
        let queued = queue.steps
        let known = Set(queued)
        try BrokenInvariant.unless(known.count == queued.count, "a step stands in the queue twice")
        var count = 0
        for (id, job) in jobs {
            for (place, step) in job.steps.enumerated() {
                let key = StepKey(job: id, step: place)
                if step.isQueued { count += 1 }
                try BrokenInvariant.unless(
                    step.isQueued == known.contains(key),
                    "step \(place) of \(id) does not know whether it is queued")
                try BrokenInvariant.unless(
                    !step.hasReady || !job.isRunnable || step.isQueued,
                    "step \(place) of \(id) has ready tasks but is not queued")
                try BrokenInvariant.unless(
                    (step.chain.reservation != nil) == reservations.contains(key),
                    "step \(place) of \(id) does not know whether it is kept for a worker")
            }
        }
        try BrokenInvariant.unless(
            count == queued.count, "\(queued.count) steps are queued, \(count) know it")
    }

    private func checkTurns() throws(BrokenInvariant) {
        try BrokenInvariant.unless(!isWorkNew || parked.isEmpty, "parked workers were not asked again")
        let turns = rotation.filter { workerBySession[$0] != nil }
        let waiting = parked.filter { workerBySession[$0] != nil }
        try BrokenInvariant.unless(
            Set(turns + waiting).count == turns.count + waiting.count,
            "a session waits for its turn twice")
        for (id, worker) in workers {
            guard let session = worker.session else { continue }
            let expected: Session.Waiting =
                turns.contains(session.id) ? .inRotation : waiting.contains(session.id) ? .parked : .no
            try BrokenInvariant.unless(
                session.turn == expected, "\(id) is \(session.turn), but waits \(expected)")
            guard credit(of: id) > 0 else { continue }
            try BrokenInvariant.unless(session.turn != .no, "\(id) has credit but no turn")
            var copy = self
            let choice = copy.choose(for: id, at: latest)
            try BrokenInvariant.unless(
                choice == nil, "\(id) has credit while \(choice?.description ?? "") fits it")
        }
    }
}

extension Timers.Entry {
    /// What is due when.
    struct Key: Hashable {
        let at: Instant
        let subject: Timers.Subject
    }
}

extension Timers.Entry.Key {
    init(_ entry: Timers.Entry) { self.init(at: entry.at, subject: entry.subject) }
}
