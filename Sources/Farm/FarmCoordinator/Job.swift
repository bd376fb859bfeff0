internal import FarmModel
internal import HeapModule

/// A job and how its tasks stand; knows nothing of workers.
struct Job {
    let id: JobID
    let spec: JobSpec
    /// Whether a client cancelled it.
    private(set) var isCancelled = false
    /// Whether nothing of it is given out.
    var isPaused = false
    /// Larger runs first.
    var priority: Int32
    /// Why it failed as a whole, if it did.
    var failure: String?
    /// Where tasks can go on, the newest first.
    var checkpoints: [UInt32: [Checkpoint]] = [:]
    /// Whether its end was announced.
    var isEndAnnounced = false
    /// Whether it stands in the queue of jobs with ready tasks.
    var isQueued = false
    private(set) var steps: [Step]
    /// Tasks that were tried and are ready again; may hold some that succeeded meanwhile.
    private(set) var again = Heap<UInt32>()

    init(id: JobID, spec: JobSpec) {
        self.id = id
        self.spec = spec
        priority = spec.priority
        var first: UInt32 = 0
        var places: [String: Int] = [:]
        steps = []
        for (place, step) in spec.steps.enumerated() {
            let count = UInt32(step.space.count)
            steps.append(Step(first: first, count: count, dependencies: step.dependsOn.compactMap { places[$0] }))
            places[step.name] = place
            first += count
        }
    }

    // MARK: - Asking

    /// Number of tasks.
    var taskCount: UInt32 { steps.reduce(0) { $0 + $1.count } }

    /// What is remembered of a task; nil if it was never tried or does not exist.
    func memory(of index: UInt32) -> TaskMemory? {
        guard let (step, offset) = locate(index), offset < steps[step].tried.count else { return nil }
        return steps[step].tried[offset]
    }

    /// Whether every task has ended.
    var isEnded: Bool {
        steps.allSatisfy { step in
            let open = UInt32(step.tried.count) - step.succeeded - step.failed - step.cancelled
            return open == 0 && (step.untried == 0 || isCancelled || step.phase == .doomed)
        }
    }

    /// How the tasks stand, in counts.
    var status: JobStatus {
        var status = JobStatus(
            job: id, name: spec.name, total: taskCount, waiting: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0,
            priority: priority, submitter: spec.submitter, isPaused: isPaused, failure: failure)
        for step in steps {
            status.running += step.leased
            status.succeeded += step.succeeded
            status.failed += step.failed
            status.cancelled += step.cancelled
            if isCancelled {
                status.cancelled += step.untried
            } else if step.phase == .doomed {
                status.failed += step.untried
            }
        }
        status.waiting = status.total - status.running - status.succeeded - status.failed - status.cancelled
        return status
    }

    /// The ready task with the lowest index.
    mutating func nextReady() -> UInt32? {
        while let index = again.min, memory(of: index)?.state != .ready { again.removeMin() }
        guard !isCancelled, !isPaused else { return nil }
        let fresh = steps.first { $0.phase == .open && $0.untried > 0 }.map { $0.first + UInt32($0.tried.count) }
        guard let again = again.min else { return fresh }
        return min(again, fresh ?? again)
    }

    // MARK: - Attempts

    /// Takes the ready task with the lowest index and gives out its next attempt number.
    mutating func lease(_ index: UInt32) -> TaskAttempt {
        let (step, offset) = place(of: index)
        if offset == steps[step].tried.count {
            steps[step].append(TaskMemory(state: .ready, attempt: 0))
        } else {
            precondition(again.popMin() == index, "task \(index) of \(id) is not the next one")
        }
        return TaskAttempt(task: TaskID(job: id, index: index), attempt: steps[step].lease(offset))
    }

    /// Records the first result of a task.
    mutating func succeed(_ attempt: TaskAttempt) {
        let (step, offset) = place(of: attempt.task.index)
        steps[step].set(offset, to: .succeeded(attempt: attempt.attempt))
        checkpoints[attempt.task.index] = nil
        if steps[step].isComplete { settlePhases() }
    }

    /// Ends the current attempt of a task.
    ///
    /// - Parameters:
    ///   - index: The task.
    ///   - failureClass: Whose fault it was.
    ///   - budget: How many failures of that class are forgiven; nil forgives all.
    ///   - rest: Until when the task rests first, if at all.
    /// - Returns: Whether the task is tried again.
    mutating func failAttempt(
        _ index: UInt32, _ failureClass: Failure.Class, budget: UInt32?, restingUntil rest: Instant?
    ) -> Bool {
        let (step, offset) = place(of: index)
        let failures = steps[step].addFailure(offset, failureClass)
        if let budget, failures > budget {
            steps[step].set(offset, to: .failed)
            checkpoints[index] = nil
            settlePhases()
            return false
        }
        if let rest {
            steps[step].set(offset, to: .resting(until: rest))
        } else {
            makeReady(index)
        }
        return true
    }

    /// Ends the rest of a task, if it is over; says whether it was.
    mutating func wake(_ index: UInt32, at now: Instant) -> Bool {
        guard case .resting(let until)? = memory(of: index)?.state, until <= now else { return false }
        makeReady(index)
        return true
    }

    // MARK: - Commands

    /// Ends the current attempt of a task without a verdict.
    mutating func giveBack(_ index: UInt32) { makeReady(index) }

    /// Makes one task ready with full budgets if it failed; says whether it did.
    mutating func requeue(_ index: UInt32) -> Bool {
        guard memory(of: index)?.state == .failed else { return false }
        let (step, offset) = place(of: index)
        steps[step].requeue(offset)
        again.insert(index)
        settlePhases()
        isEndAnnounced = isEnded
        return true
    }

    /// Cancels what has not ended; the tasks whose leases end by it.
    mutating func cancel() -> [UInt32] {
        isCancelled = true
        again = Heap()
        var leased: [UInt32] = []
        for step in steps.indices {
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
                    again.insert(index)
                    steps[step].requeue(offset)
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

    // MARK: - Parts

    private mutating func makeReady(_ index: UInt32) {
        let (step, offset) = place(of: index)
        steps[step].set(offset, to: .ready)
        again.insert(index)
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

    private func locate(_ index: UInt32) -> (step: Int, offset: Int)? {
        guard let step = steps.lastIndex(where: { $0.first <= index }), index < steps[step].first + steps[step].count
        else { return nil }
        return (step, Int(index - steps[step].first))
    }

    private func place(of index: UInt32) -> (step: Int, offset: Int) {
        guard let place = locate(index) else { preconditionFailure("\(id) has no task \(index)") }
        return place
    }
}

// MARK: - Recovery

extension Job {
    /// Restores a job from what was committed.
    ///
    /// A task whose lease had not ended is `leased` again; the coordinator keeps it for one more window.
    init(recovering stored: Snapshot.StoredJob) {
        self.init(id: stored.id, spec: stored.spec)
        isCancelled = stored.isCancelled
        isPaused = stored.isPaused
        priority = stored.priority
        failure = stored.failure
        // Attempt 0 means never tried, which is how such a task is understood anyway.
        for task in stored.tasks.sorted(by: { $0.index < $1.index }) where task.attempt > 0 {
            guard let (step, offset) = locate(task.index), offset >= steps[step].tried.count else { continue }
            while steps[step].tried.count < offset {
                let skipped = steps[step].first + UInt32(steps[step].tried.count)
                steps[step].append(TaskMemory(state: isCancelled ? .cancelled : .ready, attempt: 0))
                if !isCancelled { again.insert(skipped) }
            }
            let state: TaskMemory.State =
                switch task.outcome {
                case .succeeded(let attempt): .succeeded(attempt: attempt)
                case .failed: .failed
                case .open where isCancelled: .cancelled
                case .open: task.leasedTo == nil ? .ready : .leased
                }
            steps[step].append(
                TaskMemory(state: state, attempt: task.attempt, failures: FailureTally(task.failures)))
            if state == .ready { again.insert(task.index) }
            if !task.checkpoints.isEmpty { checkpoints[task.index] = task.checkpoints }
            steps[step].phase = .open
        }
        settlePhases()
        isEndAnnounced = isEnded
    }
}
