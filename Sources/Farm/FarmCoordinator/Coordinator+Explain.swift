public import FarmModel
internal import OrderedCollections

// Explanations: the same questions that scheduling asks, answered in its order.
extension Coordinator {
    /// Why a task is where it is; nil if there is no such task.
    ///
    /// Changes nothing, and costs no more than a look at every worker and queued step.
    public func explain(_ task: TaskID, at now: Instant) -> Explanation? {
        guard let job = jobs[task.job], let (place, offset) = job.locate(task.index) else { return nil }
        let memory = job.memory(of: task.index)
        switch memory?.state {
        case .succeeded(let attempt): return .succeeded(attempt: attempt)
        case .failed: return .failed(job.lastFailures[task.index], attempts: memory?.attempt ?? 0)
        case .cancelled: return job.failure.map { .jobFailed(reason: $0) } ?? .cancelled
        case .leased: return explainLease(task, at: now)
        case .resting(let until):
            if job.isPaused { return .jobPaused }
            return explainRest(job, task.index, memory?.failures, max(0, until.millisecondsSince(now)))
        case .ready: return explainReady(StepKey(job: task.job, step: place), job, task.index, at: now)
        case nil: return explainUntried(StepKey(job: task.job, step: place), job, task.index, offset, at: now)
        }
    }

    private func explainLease(_ task: TaskID, at now: Instant) -> Explanation {
        guard let lease = leases[task] else { preconditionFailure("\(task) is leased to nobody") }
        let worker = lease.lease.worker
        let rest = max(0, lease.deadline.millisecondsSince(now))
        switch lease.phase {
        case .offered: return .offered(worker, rest: rest)
        case .stopping: return .comingBack(worker, rest: rest)
        case .running:
            if let former = overtaken[task] { return .runningTwice(worker, former: former.worker) }
            guard session(of: worker) != nil else { return .workerAway(worker, rest: rest) }
            return .running(
                worker, attempt: lease.lease.attempt.attempt, iteration: lease.iteration,
                since: now.millisecondsSince(lease.started))
        }
    }

    private func explainRest(
        _ job: Job, _ index: UInt32, _ failures: FailureTally?, _ rest: Int64
    ) -> Explanation {
        let last = job.lastFailures[index]
        if last?.failureClass == .busy { return .restsAfterDecline(last, rest: rest) }
        return .restsAfterFailure(last, failures: failures?.total ?? 0, rest: rest)
    }

    private func explainUntried(
        _ key: StepKey, _ job: Job, _ index: UInt32, _ offset: Int, at now: Instant
    ) -> Explanation {
        let step = job.steps[key.step]
        if job.isCancelled { return job.failure.map { .jobFailed(reason: $0) } ?? .cancelled }
        let dependencies = zip(step.dependencies, step.dependencies.map { job.steps[$0] })
        switch step.phase {
        case .doomed:
            let failed = dependencies.first { $0.1.failed > 0 || $0.1.phase == .doomed }?.0
            return .stepFailed(step: failed.map { job.spec.steps[$0].name } ?? "")
        case .blocked:
            if job.isPaused { return .jobPaused }
            guard let (place, open) = dependencies.first(where: { !$0.1.isComplete }) else { return .jobPaused }
            return .stepUnfinished(step: job.spec.steps[place].name, open: open.count - open.succeeded)
        case .open: break
        }
        if step.isChain, offset > 0 {
            if let failed = step.tried.lastIndex(where: { $0.state == .failed }) {
                return .predecessorFailed(task: step.first + UInt32(failed))
            }
            if job.isPaused { return .jobPaused }
            if offset > step.tried.count || step.succeeded < step.tried.count {
                return .predecessorUnfinished(task: index - 1, state: status(of: index - 1, in: job).state)
            }
        }
        if let kept = step.chain.reservation, offset == step.tried.count, !job.isPaused {
            return .keptForWorker(kept.worker, rest: max(0, kept.until.millisecondsSince(now)))
        }
        return explainReady(key, job, index, at: now)
    }

    /// Why a task that could run does not.
    private func explainReady(_ key: StepKey, _ job: Job, _ index: UInt32, at now: Instant) -> Explanation {
        if job.isPaused { return .jobPaused }
        let requirements = job.spec.steps[key.step].requirements
        let present = workers.values.compactMap(\.session).sorted { $0.hello.worker < $1.hello.worker }
        guard let first = present.first else { return .noWorker }
        let active = present.filter(\.isActive)
        guard !active.isEmpty else { return .workersJoining(count: present.count) }
        let capable = active.filter { meets($0, requirements) }
        guard !capable.isEmpty else {
            let lack = requirements.lacking(in: first.hello.capabilities, slots: first.hello.slots)
            let any = active.lazy.compactMap { requirements.lacking(in: $0.hello.capabilities, slots: $0.hello.slots) }
            return .noCapableWorker(count: active.count, lack: lack ?? any.first ?? .device(.cpu))
        }
        let staying = capable.filter { isGivenWork($0) }
        guard !staying.isEmpty else { return .workersDraining(count: capable.count) }
        let welcome = staying.filter { !blockList.isBlocked($0.hello.worker, from: key.job) }
        guard !welcome.isEmpty else { return .workersBlocked(count: staying.count) }
        let lasting = welcome.filter { outlives($0, key, at: now) }
        guard !lasting.isEmpty else {
            return .nodesShortLived(count: welcome.count, expected: expectedMilliseconds(of: key))
        }
        let awake = lasting.filter { $0.restingUntil == nil }
        guard !awake.isEmpty else {
            let rest = lasting.compactMap { $0.restingUntil?.millisecondsSince(now) }.min() ?? 0
            return .workersResting(count: lasting.count, rest: max(0, rest))
        }
        return explainTurn(key, job, index, awake)
    }

    /// Why a task that workers could take is not with one.
    private func explainTurn(_ key: StepKey, _ job: Job, _ index: UInt32, _ awake: [Session]) -> Explanation {
        let free = awake.filter { credit(of: $0.hello.worker) > 0 }
        guard free.isEmpty else {
            let failed = job.failedOn[index] ?? []
            let haveAllFailed = free.allSatisfy { failed.contains($0.hello.worker) }
            return haveAllFailed ? .anotherWorkerWanted(failedOn: failed.count) : .aboutToBeOffered
        }
        let slots = awake.reduce(0) { $0 + Int($1.hello.slots) }
        return .slotsTaken(workers: awake.count, slots: slots, ahead: queue.count(before: key, priority: job.priority))
    }
}
