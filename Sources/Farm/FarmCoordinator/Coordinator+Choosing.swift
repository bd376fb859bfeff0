internal import DequeModule
internal import FarmModel
internal import OrderedCollections

// Choosing: what fits a worker, and which of it comes first.
//
// 1. A larger priority goes first, whatever else.
// 2. Of equal priority, the task of the submitter who has least; where the worker has the models of another's task in
//    memory, that one may be ahead by a little.
// 3. Of one submitter, what the worker is warm for, then the older job, then the lower place.
// A chain kept for the worker is one that it is warm for, and comes first where all else is equal; whoever has much
// less goes before it, or as many chains as there are workers would hold the farm to their end.
// Second attempts come last.
extension Coordinator {
    /// The best task for a worker with credit.
    mutating func choose(for worker: WorkerID, at now: Instant) -> TaskID? {
        isChoicePersonal = false
        guard let known = workers[worker], let session = known.session else { return nil }
        let kept = keptTask(for: worker, at: now)
        let least = known.warm.keys.isEmpty && kept == nil ? 0 : share.leastServed
        for priority in priorities(for: session, at: now) {
            if let kept, kept.priority > priority { return kept.task }
            guard let best = best(of: priority, for: worker, session, known.warm, least, at: now) else { continue }
            if let kept, kept.priority == priority, claim(ofKept: kept.task, least) < best.claim { return kept.task }
            return best.task
        }
        return kept?.task ?? straggler(for: worker, at: now)
    }

    /// Priorities of the lanes that a worker may look into, the largest first.
    private func priorities(for session: Session, at now: Instant) -> [Int32] {
        var found: Set<Int32> = []
        for (requirements, bucket) in queue.buckets where meets(session, requirements) {
            for lane in bucket.lanes { found.insert(lane.priority) }
        }
        return found.sorted(by: >)
    }

    /// What a submitter has.
    private func account(of submitter: String) -> FairShare.Account {
        sabotage == .forgetsShares ? FairShare.Account() : share[submitter]
    }

    /// How the next task of a chain compares for the worker that it is kept for.
    private func claim(ofKept task: TaskID, _ least: Int64) -> Claim {
        let account = account(of: jobs[task.job]?.spec.submitter ?? "")
        let isNear = account.served - least <= CoordinatorLimits.warmLead
        // It comes before whatever else its submitter has.
        return Claim(
            running: isNear ? account.running - 1 : account.running, served: account.served,
            key: StepKey(job: JobID(0), step: 0))
    }

    /// The best task of one priority, and how it compares; what is kept for the worker is not among them.
    private mutating func best(
        of priority: Int32, for worker: WorkerID, _ session: Session, _ warm: WarmKeys, _ least: Int64,
        at now: Instant
    ) -> (claim: Claim, task: TaskID)? {
        var best: (claim: Claim, task: TaskID)?
        var spent: [StepKey] = []
        for (requirements, bucket) in queue.buckets where meets(session, requirements) {
            for lane in bucket.lanes where lane.priority == priority {
                let account = account(of: lane.submitter)
                let isNear = account.served - least <= CoordinatorLimits.warmLead
                if isNear {
                    for key in warm.keys {
                        guard let steps = lane.byAffinity[key],
                            let (step, task) = firstTask(in: steps, for: worker, at: now, &spent)
                        else { continue }
                        let claim = Claim(running: account.running - 1, served: account.served, key: step)
                        if best.map({ claim < $0.claim }) ?? true { best = (claim, task) }
                        break
                    }
                }
                let cold = Claim(
                    running: account.running, served: account.served, key: StepKey(job: JobID(0), step: 0))
                if let best, best.claim < cold { continue }
                guard let (step, task) = firstTask(in: lane.steps, for: worker, at: now, &spent) else {
                    continue
                }
                let claim = Claim(running: account.running, served: account.served, key: step)
                if best.map({ claim < $0.claim }) ?? true { best = (claim, task) }
            }
        }
        for key in spent { dequeue(key) }
        return best
    }

    /// The first task of a run of steps that a worker may be given; steps with nothing ready are noted.
    private mutating func firstTask(
        in steps: SortedSteps, for worker: WorkerID, at now: Instant, _ spent: inout [StepKey]
    ) -> (StepKey, TaskID)? {
        for key in steps.keys {
            guard jobs[key.job]?.isRunnable == true, jobs[key.job]?.steps[key.step].hasReady == true
            else {
                if !spent.contains(key) { spent.append(key) }
                continue
            }
            guard isOpen(key, to: worker, at: now) else {
                isChoicePersonal = true
                continue
            }
            if let task = nextTask(of: key, for: worker) { return (key, task) }
        }
        return nil
    }

    /// The next ready task of a step that a worker may be given.
    private mutating func nextTask(of key: StepKey, for worker: WorkerID) -> TaskID? {
        guard let first = jobs[key.job]?.steps[key.step].first else { return nil }
        guard let blamed = jobs[key.job]?.failedOn, !blamed.isEmpty else {
            return jobs[key.job]?.steps[key.step].nextReady()
                .map { TaskID(job: key.job, index: first + $0) }
        }
        var seen: [UInt32] = []
        var found: UInt32?
        while seen.count < CoordinatorLimits.refusedTasks,
            let offset = jobs[key.job]?.steps[key.step].popReady()
        {
            seen.append(offset)
            guard let failed = blamed[first + offset], failed.contains(worker),
                hasWorker(for: key, otherThan: failed)
            else {
                found = offset
                break
            }
            // It failed here before: somebody else is to try.
            isChoicePersonal = true
        }
        jobs[key.job]?.steps[key.step].putBack(seen)
        return jobs[key.job]?.steps[key.step].next(found).map {
            TaskID(job: key.job, index: first + $0)
        }
    }

    // MARK: - Fitness

    /// Whether a worker's host is what a step asks for.
    func meets(_ session: Session, _ requirements: Requirements) -> Bool {
        requirements.lacking(in: session.hello.capabilities, slots: session.hello.slots) == nil
    }

    /// Whether a worker that meets the demands of a step may be given its tasks now.
    func isOpen(_ key: StepKey, to worker: WorkerID, at now: Instant) -> Bool {
        guard let session = session(of: worker) else { return false }
        return !blockList.isBlocked(worker, from: key.job) && outlives(session, key, at: now)
    }

    /// Whether a worker's node lives long enough for a task of a step.
    func outlives(_ session: Session, _ key: StepKey, at now: Instant) -> Bool {
        guard let end = session.nodeEnds else { return true }
        return now.advanced(byMilliseconds: expectedMilliseconds(of: key)) <= end
    }

    /// How long a task of a step takes: as was said, else as was seen, else a little.
    func expectedMilliseconds(of key: StepKey) -> Int64 {
        guard let job = jobs[key.job] else { return configuration.minimumLifetimeMilliseconds }
        return job.spec.steps[key.step].requirements.expectedMilliseconds ?? job.steps[key.step]
            .durations.mean
            ?? configuration.minimumLifetimeMilliseconds
    }

    /// Whether any worker that is not one of these can be given tasks of a step, sooner or later.
    func hasWorker(for key: StepKey, otherThan excluded: OrderedSet<WorkerID>) -> Bool {
        guard let requirements = jobs[key.job]?.spec.steps[key.step].requirements else { return false }
        return workers.contains { id, worker in
            guard let session = worker.session, isGivenWork(session), !excluded.contains(id) else {
                return false
            }
            return meets(session, requirements) && !blockList.isBlocked(id, from: key.job)
        }
    }

    /// How many workers can be given tasks of a step, sooner or later.
    func workerCount(for key: StepKey) -> Int {
        guard let requirements = jobs[key.job]?.spec.steps[key.step].requirements else { return 0 }
        return workers.count { id, worker in
            guard let session = worker.session, isGivenWork(session) else { return false }
            return meets(session, requirements) && !blockList.isBlocked(id, from: key.job)
        }
    }

    // MARK: - Warm workers

    /// A worker with credit that has loaded what a task needs, if the chosen one has not.
    mutating func warmer(than worker: WorkerID, for task: TaskID, at now: Instant) -> (
        WorkerID, TaskID
    )? {
        guard let job = jobs[task.job], let step = job.locate(task.index)?.step else { return nil }
        let affinity = job.spec.steps[step].affinity
        guard !affinity.isEmpty, workers[worker]?.warm.keys.contains(affinity) == false else {
            return nil
        }
        for id in rotation.prefix(CoordinatorLimits.warmSearch) {
            guard let other = workerBySession[id], other != worker,
                workers[other]?.warm.keys.contains(affinity) == true, credit(of: other) > 0,
                let choice = choose(for: other, at: now), choice == task
            else { continue }
            return (other, task)
        }
        return nil
    }
}
