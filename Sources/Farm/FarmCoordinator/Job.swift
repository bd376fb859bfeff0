internal import FarmModel
internal import HeapModule
internal import OrderedCollections

/// A job and how its tasks stand; knows nothing of sessions and leases.
struct Job {
    let id: JobID
    let spec: JobSpec
    /// Whether a client cancelled it, or it failed as a whole.
    private(set) var isCancelled = false
    /// Whether nothing of it is given out.
    var isPaused = false
    /// Larger runs first.
    var priority: Int32
    /// Why it failed as a whole, if it did.
    var failure: String?
    /// Whether its end was announced.
    var isEndAnnounced = false
    var steps: [Step]
    /// Where tasks can go on, the newest first.
    private(set) var checkpoints: [UInt32: [Checkpoint]] = [:]
    /// Workers on which tasks failed by `Failure.isBlame` since they were last queued.
    private(set) var failedOn: [UInt32: OrderedSet<WorkerID>] = [:]
    /// The last failure of some tasks, for people.
    private(set) var lastFailures: [UInt32: Failure] = [:]

    init(id: JobID, spec: JobSpec) {
        self.id = id
        self.spec = spec
        priority = spec.priority
        var first: UInt32 = 0
        var places: [String: Int] = [:]
        steps = []
        for (place, step) in spec.steps.enumerated() {
            let count = UInt32(step.space.count)
            steps.append(
                Step(
                    first: first, count: count, dependencies: step.dependsOn.compactMap { places[$0] },
                    isChain: step.isChain))
            places[step.name] = place
            first += count
        }
    }

    // MARK: - Asking

    /// Number of tasks.
    var taskCount: UInt32 { steps.reduce(0) { $0 + $1.count } }
    /// Tasks that failed for good.
    var failedCount: UInt32 { steps.reduce(0) { $0 + $1.failed } }

    /// What is remembered of a task; nil if it was never tried or does not exist.
    func memory(of index: UInt32) -> TaskMemory? {
        guard let (step, offset) = locate(index), offset < steps[step].tried.count else { return nil }
        return steps[step].tried[offset]
    }

    /// Whether every task has ended.
    var isEnded: Bool {
        steps.allSatisfy { step in
            let open = UInt32(step.tried.count) - step.succeeded - step.failed - step.cancelled
            return open == 0 && (step.untried == 0 || isCancelled || step.isUntriedLost)
        }
    }

    /// Whether tasks may be given out.
    var isRunnable: Bool { !isCancelled && !isPaused }

    /// How the tasks stand, in counts.
    var status: JobStatus {
        var status = JobStatus(
            job: id, name: spec.name, total: taskCount, waiting: 0, running: 0, succeeded: 0, failed: 0,
            cancelled: 0,
            priority: priority, submitter: spec.submitter, isPaused: isPaused, failure: failure)
        for step in steps {
            status.running += step.leased
            status.succeeded += step.succeeded
            status.failed += step.failed
            status.cancelled += step.cancelled
            if isCancelled {
                status.cancelled += step.untried
            } else if step.isUntriedLost {
                status.failed += step.untried
            }
        }
        status.waiting =
            status.total - status.running - status.succeeded - status.failed - status.cancelled
        return status
    }

    /// Step and offset of a task; nil if there is none.
    func locate(_ index: UInt32) -> (step: Int, offset: Int)? {
        guard let step = steps.lastIndex(where: { $0.first <= index }),
            index < steps[step].first + steps[step].count
        else { return nil }
        return (step, Int(index - steps[step].first))
    }

    private func place(of index: UInt32) -> (step: Int, offset: Int) {
        guard let place = locate(index) else { preconditionFailure("\(id) has no task \(index)") }
        return place
    }

    // MARK: - Attempts

    /// Gives out the next attempt number of a task that is ready, or leased where a backup is wanted.
    mutating func lease(_ index: UInt32) -> TaskAttempt {
        let (step, offset) = place(of: index)
        return TaskAttempt(task: TaskID(job: id, index: index), attempt: steps[step].lease(offset))
    }

    /// Records the first result of a task.
    mutating func succeed(_ attempt: TaskAttempt, _ result: TaskResult) {
        let (step, offset) = place(of: attempt.task.index)
        steps[step].set(offset, to: .succeeded(attempt: attempt.attempt))
        steps[step].addDuration(result.wallMilliseconds)
        if steps[step].isChain { steps[step].chain.files = result.artifacts }
        forgetProgress(attempt.task.index)
        if steps[step].isComplete { settlePhases() }
    }

    /// Counts a failed attempt; how it stands with its task now.
    mutating func note(_ failure: Failure, of index: UInt32, on worker: WorkerID) -> FailureTally {
        let (step, offset) = place(of: index)
        if failure.isBlame, failedOn[index]?.count ?? 0 < CoordinatorLimits.blamedWorkers {
            failedOn[index, default: []].append(worker)
        }
        if lastFailures[index] != nil || lastFailures.count < CoordinatorLimits.rememberedFailures {
            lastFailures[index] = failure
        }
        return steps[step].addFailure(offset, failure)
    }

    /// Ends a task for good.
    mutating func fail(_ index: UInt32) {
        let (step, offset) = place(of: index)
        steps[step].set(offset, to: .failed)
        checkpoints[index] = nil
        settlePhases()
    }

    /// Makes a leased task ready, or lets it rest.
    mutating func release(_ index: UInt32, restingUntil rest: Instant?) {
        let (step, offset) = place(of: index)
        if let rest {
            steps[step].set(offset, to: .resting(until: rest))
        } else {
            steps[step].makeReady(offset)
        }
    }

    /// Ends the rest of a task, if it is over; says whether it was.
    mutating func wake(_ index: UInt32, at now: Instant) -> Bool {
        guard case .resting(let until)? = memory(of: index)?.state, until <= now else { return false }
        let (step, offset) = place(of: index)
        steps[step].makeReady(offset)
        return true
    }

    // MARK: - Checkpoints

    /// Keeps a checkpoint, and one before it.
    mutating func add(_ checkpoint: Checkpoint, of index: UInt32) {
        let known = checkpoints[index] ?? []
        checkpoints[index] = [checkpoint] + known.prefix(Limits.checkpoints - 1)
    }

    /// Forgets a checkpoint that cannot be read; says whether it was known.
    mutating func drop(_ digest: Digest, of index: UInt32) -> Bool {
        guard checkpoints[index]?.contains(where: { $0.digest == digest }) == true else { return false }
        checkpoints[index]?.removeAll { $0.digest == digest }
        if checkpoints[index]?.isEmpty == true { checkpoints[index] = nil }
        return true
    }

    private mutating func forgetProgress(_ index: UInt32) {
        checkpoints[index] = nil
        failedOn[index] = nil
        lastFailures[index] = nil
    }

    // MARK: - Commands

    /// Cancels what has not ended; the tasks whose leases end by it.
    mutating func cancel() -> [UInt32] {
        isCancelled = true
        var leased: [UInt32] = []
        for step in steps.indices {
            steps[step].emptyQueue()
            for offset in steps[step].tried.indices {
                switch steps[step].tried[offset].state {
                case .leased:
                    leased.append(steps[step].first + UInt32(offset))
                    steps[step].set(offset, to: .cancelled)
                case .ready, .resting: steps[step].set(offset, to: .cancelled)
                case .succeeded, .failed, .cancelled: break
                }
            }
        }
        return leased
    }

    /// Makes failed and cancelled tasks ready again with full budgets; those that have to be recorded.
    ///
    /// Tasks that were never tried follow from the rest. One of them is named when nothing else would say that the
    /// cancellation is over.
    mutating func requeueFailed() -> [UInt32] {
        var requeued: [UInt32] = []
        for step in steps.indices {
            for offset in steps[step].tried.indices {
                switch steps[step].tried[offset].state {
                case .failed, .cancelled:
                    let index = steps[step].first + UInt32(offset)
                    requeued.append(index)
                    requeue(index, step, offset)
                case .ready, .resting, .leased, .succeeded: break
                }
            }
        }
        if isCancelled, requeued.isEmpty, let step = steps.first(where: { $0.untried > 0 }) {
            requeued.append(step.first + UInt32(step.tried.count))
        }
        isCancelled = false
        failure = nil
        settlePhases()
        isEndAnnounced = isEnded
        return requeued
    }

    /// Makes one task ready with full budgets if it failed; says whether it did.
    mutating func requeue(_ index: UInt32) -> Bool {
        guard memory(of: index)?.state == .failed else { return false }
        let (step, offset) = place(of: index)
        requeue(index, step, offset)
        settlePhases()
        isEndAnnounced = isEnded
        return true
    }

    private mutating func requeue(_ index: UInt32, _ step: Int, _ offset: Int) {
        steps[step].requeue(offset)
        failedOn[index] = nil
        lastFailures[index] = nil
    }

    /// Works out which steps may run; dependencies point backwards, so one pass is enough.
    private mutating func settlePhases() {
        for place in steps.indices where steps[place].phase != .open {
            let dependencies = steps[place].dependencies.map { steps[$0] }
            if dependencies.contains(where: { $0.failed > 0 || $0.phase == .doomed }) {
                steps[place].phase = .doomed
            } else if dependencies.allSatisfy(\.isComplete) {
                steps[place].phase = .open
            } else {
                steps[place].phase = .blocked
            }
        }
    }
}

// MARK: - Recovery

extension Job {
    /// Restores a job from what was committed.
    ///
    /// A task whose lease had not ended is `leased` again; the coordinator keeps it for one more window. Rests are not
    /// remembered: what rested is ready.
    init(recovering stored: Snapshot.StoredJob) {
        self.init(id: stored.id, spec: stored.spec)
        isCancelled = stored.isCancelled
        isPaused = stored.isPaused
        priority = stored.priority
        failure = stored.failure
        // Attempt 0 means never tried, which is how such a task is understood anyway.
        for task in stored.tasks.sorted(by: { $0.index < $1.index }) where task.attempt > 0 {
            guard let (step, offset) = locate(task.index), offset >= steps[step].tried.count else {
                continue
            }
            while steps[step].tried.count < offset {
                steps[step].append(TaskMemory(state: isCancelled ? .cancelled : .ready, attempt: 0))
            }
            restore(task, step)
        }
        settlePhases()
        isEndAnnounced = isEnded
    }

    private mutating func restore(_ task: Snapshot.StoredTask, _ step: Int) {
        let state: TaskMemory.State =
            switch task.outcome {
            case .succeeded(let attempt): .succeeded(attempt: attempt)
            case .failed: .failed
            case .open where isCancelled: .cancelled
            case .open: task.leasedTo == nil ? .ready : .leased
            }
        let failures = FailureTally(task.failures, crashes: task.crashes)
        steps[step].append(TaskMemory(state: state, attempt: task.attempt, failures: failures))
        steps[step].phase = .open
        if !task.checkpoints.isEmpty {
            checkpoints[task.index] = Array(task.checkpoints.prefix(Limits.checkpoints))
        }
        if !task.failedOn.isEmpty {
            failedOn[task.index] = OrderedSet(task.failedOn.prefix(CoordinatorLimits.blamedWorkers))
        }
        if case .failed(let failure) = task.outcome,
            lastFailures.count < CoordinatorLimits.rememberedFailures
        {
            lastFailures[task.index] = failure
        }
        if steps[step].isChain, !task.artifacts.isEmpty { steps[step].chain.files = task.artifacts }
    }
}
