internal import DequeModule
internal import FarmModel
internal import OrderedCollections

// Scheduling: each worker with credit in its turn is given what fits it best.
extension Coordinator {
    // MARK: - Workers

    /// READY: an absolute count, so that a lost or repeated one does no harm.
    mutating func ready(_ worker: WorkerID, free: UInt32) {
        guard let session = session(of: worker), case .active = session.phase else { return }
        workers[worker]?.session?.free = min(free, session.hello.slots, UInt32(Limits.slots))
        joinRotation(worker)
    }

    /// Offers a worker may be sent now: its free slots less the offers it has not answered.
    ///
    /// None while it leaves, is drained, or rests after failures of its node.
    func credit(of worker: WorkerID) -> UInt32 {
        guard let known = workers[worker], let session = known.session, isGivenWork(session),
            session.free > 0,
            session.restingUntil == nil
        else { return 0 }
        let unanswered = known.held.count { leases[$0]?.phase == .offered }
        return session.free - min(session.free, UInt32(unanswered))
    }

    /// Whether a worker takes part in what is given out, now or later.
    func isGivenWork(_ session: Session) -> Bool {
        session.isActive && !isLeaving(session.hello.worker)
    }

    /// Gives a worker with credit a turn, unless it waits for one.
    mutating func joinRotation(_ worker: WorkerID) {
        guard let session = session(of: worker), session.turn == .no, credit(of: worker) > 0 else {
            return
        }
        workers[worker]?.session?.turn = .inRotation
        rotation.append(session.id)
    }

    // MARK: - Steps

    /// Puts all steps of a job that have ready tasks into the queue.
    mutating func enqueue(_ id: JobID) {
        guard let job = jobs[id], job.isRunnable else { return }
        for step in job.steps.indices { enqueue(StepKey(job: id, step: step)) }
    }

    /// Puts the step of a task into the queue, if it has ready tasks.
    mutating func enqueueStep(of task: TaskID) {
        guard let step = jobs[task.job]?.locate(task.index)?.step else { return }
        enqueue(StepKey(job: task.job, step: step))
    }

    /// Puts a step into the queue if it has ready tasks; workers that nothing fitted are asked again.
    mutating func enqueue(_ key: StepKey) {
        guard let job = jobs[key.job], job.isRunnable, job.steps[key.step].phase == .open,
            job.steps[key.step].hasReady
        else { return }
        isWorkNew = true
        guard !job.steps[key.step].isQueued else { return }
        jobs[key.job]?.steps[key.step].isQueued = true
        queue.insert(
            key, job.spec.steps[key.step], priority: job.priority, submitter: job.spec.submitter)
        share.queued(job.spec.submitter, by: 1)
    }

    /// Takes a step out of the queue.
    mutating func dequeue(_ key: StepKey) {
        guard let job = jobs[key.job], job.steps[key.step].isQueued else { return }
        jobs[key.job]?.steps[key.step].isQueued = false
        queue.remove(
            key, job.spec.steps[key.step], priority: job.priority, submitter: job.spec.submitter)
        share.queued(job.spec.submitter, by: -1)
    }

    /// Takes all steps of a job out of the queue.
    mutating func dequeue(_ id: JobID) {
        for step in jobs[id]?.steps.indices ?? 0..<0 { dequeue(StepKey(job: id, step: step)) }
    }

    // MARK: - Giving out

    /// Offers ready tasks as long as a worker with credit finds one that fits it.
    mutating func schedule(_ turn: inout Turn) {
        if isWorkNew { unpark() }
        var barren: Set<Profile> = []
        while hasAnyWork, let worker = nextWorker() {
            guard let session = session(of: worker) else { continue }
            let profile = Profile(session.hello)
            let isBarren = barren.contains(profile) && workers[worker]?.reserved.isEmpty == true
            if !isBarren, let choice = choose(for: worker, at: turn.now) {
                let (receiver, task) = warmer(than: worker, for: choice, at: turn.now) ?? (worker, choice)
                offer(task, to: receiver, &turn)
                if receiver == worker { rotation.append(rotation.removeFirst()) }
                if mayStraggle(afterGiving: task) { unpark() }
            } else {
                // What one worker cannot use, its twins cannot either, unless something personal is in the way.
                if !isBarren, !isChoicePersonal, stragglers.isEmpty { barren.insert(profile) }
                rotation.removeFirst()
                workers[worker]?.session?.turn = .parked
                parked.append(session.id)
            }
        }
    }

    /// Whether a step's last ready task was given out, so that those of it that take long may be begun a second time.
    private func mayStraggle(afterGiving task: TaskID) -> Bool {
        guard !stragglers.isEmpty, let job = jobs[task.job], let step = job.locate(task.index)?.step else {
            return false
        }
        return !job.steps[step].hasReady
    }

    /// What decides which tasks a worker can execute, where nothing personal does.
    struct Profile: Hashable {
        let capabilities: Capabilities
        let slots: UInt32

        init(_ hello: Hello) {
            capabilities = hello.capabilities
            slots = hello.slots
        }
    }

    /// Whether there may be something to give out.
    private var hasAnyWork: Bool {
        !queue.isEmpty || !stragglers.isEmpty || !reservations.isEmpty
    }

    /// Lets workers that nothing fitted have another turn.
    private mutating func unpark() {
        isWorkNew = false
        while let id = parked.popFirst() {
            guard let worker = workerBySession[id] else { continue }
            workers[worker]?.session?.turn = .inRotation
            rotation.append(id)
        }
    }

    /// The worker whose turn it is; workers without credit leave the rotation.
    private mutating func nextWorker() -> WorkerID? {
        while let first = rotation.first {
            if let worker = workerBySession[first] {
                if credit(of: worker) > 0 { return worker }
                workers[worker]?.session?.turn = .no
            }
            rotation.removeFirst()
        }
        return nil
    }

    /// Gives out the next attempt of a task; its number is durable before the offer leaves.
    private mutating func offer(_ task: TaskID, to worker: WorkerID, _ turn: inout Turn) {
        if let running = leases[task] { overtake(running, &turn) }
        // No copy of the job may be at hand while it changes: a million tasks would be copied with it.
        guard let session = session(of: worker),
            let (step, offset) = jobs[task.job]?.locate(task.index),
            var spec = jobs[task.job]?.spec.task(at: task.index)
        else { preconditionFailure("\(task) cannot be offered to \(worker)") }
        endReservation(StepKey(job: task.job, step: step))
        if jobs[task.job]?.steps[step].isChain == true, offset > 0 {
            spec.inputs = jobs[task.job]?.steps[step].chain.files ?? []
        }
        var resume = jobs[task.job]?.checkpoints[task.index]?.first
        if !session.hears(.checkpoints) { (resume, spec.checkpointMilliseconds) = (nil, nil) }
        guard let attempt = jobs[task.job]?.lease(task.index) else {
            preconditionFailure("\(task) has no job")
        }
        let lease = Lease(attempt: attempt, worker: worker)
        grant(
            lease, .offered,
            until: turn.now.advanced(byMilliseconds: configuration.offerAnswerMilliseconds),
            at: turn.now, resume: resume)
        turn.record(.attemptStarted(lease, at: turn.wall))
        let milliseconds = UInt32(configuration.leaseMilliseconds)
        turn.send(.offer(attempt, spec, leaseMilliseconds: milliseconds, resume: resume), to: session)
    }
}
