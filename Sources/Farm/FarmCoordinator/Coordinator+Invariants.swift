internal import DequeModule
public import FarmModel
internal import HeapModule
internal import OrderedCollections

extension Coordinator {
    /// Traps with a text if the state contradicts itself; for tests and simulations, since it looks at everything.
    ///
    /// - Leases and leased tasks are one to one, each held by one worker under the task's latest attempt.
    /// - Every task that has not ended is in the ready queue, has a timer, or waits for a dependency.
    /// - Nothing ready and nobody idle are left side by side.
    /// - All counters and indexes say what the tables say.
    public func checkInvariants() {
        do { try proveInvariants() } catch { preconditionFailure(error.description) }
    }

    /// The same, but throws the text: a simulation goes on to say how it came to that.
    public func proveInvariants() throws(BrokenInvariant) {
        try checkLeases()
        try checkSessions()
        try checkQueues()
        for job in jobs.values { try job.proveInvariants() }
    }

    private func checkLeases() throws(BrokenInvariant) {
        var timed: Set<Timers.Entry.Key> = []
        for entry in timers.entries { timed.insert(Timers.Entry.Key(entry)) }
        let leased = jobs.values.reduce(0) { $0 + Int($1.status.running) }
        try BrokenInvariant.unless(leases.count == leased, "\(leases.count) leases for \(leased) leased tasks")
        let held = workers.values.reduce(0) { $0 + $1.held.count }
        try BrokenInvariant.unless(leases.count == held, "\(leases.count) leases, \(held) of them held by workers")
        for (task, lease) in leases {
            let memory = jobs[task.job]?.memory(of: task.index)
            try BrokenInvariant.unless(
                memory?.state == .leased, "\(lease.lease.attempt) has a lease but its task is not leased")
            try BrokenInvariant.unless(
                lease.lease.attempt.task == task && memory?.attempt == lease.lease.attempt.attempt,
                "the lease of \(task) is of \(lease.lease.attempt), the latest attempt is \(memory?.attempt ?? 0)")
            try BrokenInvariant.unless(
                workers[lease.lease.worker]?.held.contains(task) == true,
                "\(lease.lease.worker) does not know that it holds \(lease.lease.attempt)")
            try BrokenInvariant.unless(
                lease.timer <= lease.deadline, "the timer of \(lease.lease.attempt) comes after its deadline")
            try BrokenInvariant.unless(
                timed.contains(Timers.Entry.Key(at: lease.timer, subject: .lease(lease.lease.attempt))),
                "\(lease.lease.attempt) has no timer")
        }
        for job in jobs.values {
            for (task, until) in job.resting {
                try BrokenInvariant.unless(
                    timed.contains(Timers.Entry.Key(at: until, subject: .rest(task))), "\(task) rests without a timer")
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
            if case .reconciling = session.phase {
                try BrokenInvariant.unless(session.free == 0, "\(id) has credit too early")
            }
        }
        try BrokenInvariant.unless(
            workerBySession.count == sessions, "\(workerBySession.count) numbers for \(sessions) sessions")
        for (route, id) in sessionByRoute {
            guard let worker = workerBySession[id], let session = session(of: worker), session.id == id,
                session.route == route
            else { throw BrokenInvariant("an address leads to session \(id.number), which is not there") }
        }
    }

    private func checkQueues() throws(BrokenInvariant) {
        let queued = jobQueue.unordered.map(\.id)
        try BrokenInvariant.unless(Set(queued).count == queued.count, "a job stands in the queue twice")
        var isWorkLeft = false
        for (id, original) in jobs {
            var job = original
            let hasReady = job.nextReady() != nil
            isWorkLeft = isWorkLeft || hasReady
            try BrokenInvariant.unless(job.isQueued == queued.contains(id), "\(id) does not know whether it is queued")
            try BrokenInvariant.unless(!hasReady || job.isQueued, "\(id) has ready tasks but is not queued")
        }
        let live = rotation.filter { workerBySession[$0] != nil }
        try BrokenInvariant.unless(Set(live).count == live.count, "a session stands in the rotation twice")
        for (id, worker) in workers {
            guard let session = worker.session else { continue }
            try BrokenInvariant.unless(
                session.isInRotation == live.contains(session.id), "\(id) does not know whether it has a turn")
            let credit = credit(of: id)
            try BrokenInvariant.unless(credit == 0 || session.isInRotation, "\(id) has credit but no turn")
            try BrokenInvariant.unless(credit == 0 || !isWorkLeft, "\(id) has credit while tasks are ready")
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

extension Job {
    /// Tasks that rest, and until when.
    var resting: [(TaskID, Instant)] {
        steps.flatMap { step in
            step.tried.enumerated().compactMap { offset, memory -> (TaskID, Instant)? in
                guard case .resting(let until) = memory.state else { return nil }
                return (TaskID(job: id, index: step.first + UInt32(offset)), until)
            }
        }
    }

    /// Throws a text if the job contradicts itself.
    func proveInvariants() throws(BrokenInvariant) {
        var ready: [UInt32] = []
        for (place, step) in steps.enumerated() {
            try BrokenInvariant.unless(
                step.tried.count <= Int(step.count), "step \(place) of \(id) has more tasks than it has")
            let open = step.dependencies.allSatisfy { steps[$0].isComplete }
            let doomed = step.dependencies.contains { steps[$0].failed > 0 || steps[$0].phase == .doomed }
            switch step.phase {
            case .open: try BrokenInvariant.unless(open || !step.tried.isEmpty, "step \(place) of \(id) runs too early")
            case .doomed: try BrokenInvariant.unless(doomed, "step \(place) of \(id) is doomed without a reason")
            case .blocked: try BrokenInvariant.unless(!open && !doomed, "step \(place) of \(id) waits for nothing")
            }
            if step.phase != .open {
                try BrokenInvariant.unless(step.tried.isEmpty, "step \(place) of \(id) ran too early")
            }
            try check(step, &ready)
        }
        let queued = again.unordered.sorted()
        try BrokenInvariant.unless(Set(queued).count == queued.count, "a task of \(id) is queued twice")
        try BrokenInvariant.unless(ready.allSatisfy(Set(queued).contains), "a ready task of \(id) is not queued")
        for index in queued {
            switch memory(of: index)?.state {
            case .ready, .succeeded: break
            case .resting, .leased, .failed, .cancelled, nil:
                throw BrokenInvariant("task \(index) of \(id) is queued but not ready")
            }
        }
        try BrokenInvariant.unless(!isCancelled || (isEnded && ready.isEmpty), "\(id) is cancelled but has not ended")
    }

    private func check(_ step: Step, _ ready: inout [UInt32]) throws(BrokenInvariant) {
        var counted = (leased: UInt32(0), succeeded: UInt32(0), failed: UInt32(0), cancelled: UInt32(0))
        for (offset, memory) in step.tried.enumerated() {
            let index = step.first + UInt32(offset)
            switch memory.state {
            case .ready: ready.append(index)
            case .resting: break
            case .leased: counted.leased += 1
            case .succeeded(let attempt):
                counted.succeeded += 1
                try BrokenInvariant.unless(
                    (1...memory.attempt).contains(attempt),
                    "task \(index) of \(id) has a result of attempt \(attempt) of \(memory.attempt)")
            case .failed: counted.failed += 1
            case .cancelled: counted.cancelled += 1
            }
        }
        let kept = (step.leased, step.succeeded, step.failed, step.cancelled)
        try BrokenInvariant.unless(
            kept == counted, "the step at \(step.first) of \(id) counts \(kept), its tasks say \(counted)")
    }
}
