internal import FarmModel
internal import OrderedCollections

/// What is committed: a store in memory that folds records and notes each that contradicts an earlier one.
///
/// It knows the rules that a database could hold, and nothing of how a coordinator decides.
struct Ledger {
    private(set) var jobs: OrderedDictionary<JobID, StoredJob> = [:]
    /// Workers that are given nothing of some jobs, and since when.
    private(set) var blocks: OrderedDictionary<WorkerID, OrderedDictionary<JobID, WallTime>> = [:]
    /// Workers that are given nothing.
    private(set) var drains: OrderedDictionary<WorkerID, DrainMode> = [:]
    /// Workers that were drained at some time.
    private(set) var everDrained: Set<WorkerID> = []
    /// How often a coordinator was started on this store.
    private(set) var epoch: UInt64 = 0
    /// Transactions so far.
    private(set) var commits = 0
    /// Results that were recorded.
    private(set) var successes = 0
    /// Attempts that were given out.
    private(set) var startedAttempts: Set<TaskAttempt> = []
    /// Attempts whose end was committed.
    private(set) var endedAttempts: Set<TaskAttempt> = []
    /// Jobs that were cancelled at some time: their attempts end without a record of their own.
    private(set) var everCancelled: Set<JobID> = []
    /// Checkpoints that the newest transaction dropped: an offer of the same batch was made before.
    private(set) var justLost: Set<Digest> = []
    /// What should not have been committed.
    private(set) var contradictions: [String] = []

    /// What a coordinator that starts now finds.
    mutating func start() -> Snapshot {
        epoch += 1
        return snapshot
    }

    /// What is committed.
    var snapshot: Snapshot {
        Snapshot(
            epoch: epoch, jobs: jobs.map { $1.stored($0) },
            blocks: blocks.sorted { $0.key < $1.key }.flatMap { worker, jobs in
                jobs.sorted { $0.key < $1.key }.map { Snapshot.StoredBlock(worker: worker, job: $0, since: $1) }
            },
            drains: drains.sorted { $0.key < $1.key }.map { Snapshot.StoredDrain(worker: $0, mode: $1) })
    }

    /// How a task stands; nil if it was never tried.
    subscript(_ id: TaskID) -> StoredTask? { jobs[id.job]?.tasks[id.index] }

    /// Whether a task may still get a result.
    func isOpen(_ id: TaskID) -> Bool {
        guard jobs[id.job]?.isCancelled == false else { return false }
        switch self[id]?.outcome {
        case nil, .open: return true
        case .succeeded, .failed: return false
        }
    }

    /// Folds the records of one transaction.
    mutating func commit(_ records: [Record], at now: Instant) {
        commits += 1
        justLost = []
        for record in records { fold(record, at: now) }
    }

    private mutating func fold(_ record: Record, at now: Instant) {
        switch record {
        case .jobSubmitted(let id, let spec, let key, _): submit(id, spec, key)
        case .jobCancelled(let id, _): cancel(id)
        case .jobFailed(let id, let reason, _):
            cancel(id)
            jobs[id]?.failure = reason
        case .jobPaused(let id, _):
            require(jobs[id]?.isPaused == false, "\(id) was paused twice")
            jobs[id]?.isPaused = true
        case .jobResumed(let id, _):
            require(jobs[id]?.isPaused == true, "\(id) was resumed without a pause")
            jobs[id]?.isPaused = false
        case .jobPriority(let id, let priority, _): jobs[id]?.priority = priority
        case .attemptStarted(let lease, _): start(lease, at: now)
        case .taskSucceeded(let lease, let result, _): succeed(lease, result, at: now)
        case .attemptFailed(let lease, let failure, _): fail(lease, failure, at: now)
        case .attemptReturned(let lease, _, _):
            requireLease(lease, "was given back")
            endedAttempts.insert(lease.attempt)
            edit(lease.attempt.task, at: now) { $0.leasedTo = nil }
        case .taskFailed(let task, let failure, _): fail(task, failure, at: now)
        case .taskRequeued(let task, _): requeue(task, at: now)
        case .checkpointStored(let lease, let checkpoint, _): store(checkpoint, lease, at: now)
        case .checkpointLost(let task, let digest, _):
            justLost.insert(digest)
            edit(task, at: now) { $0.checkpoints.removeAll { $0.digest == digest } }
        case .workerBlocked(let worker, let job, let at): blocks[worker, default: [:]][job] = at
        case .workerForgiven(let worker, let job, _):
            if let job { blocks[worker]?[job] = nil } else { blocks[worker] = nil }
            if blocks[worker]?.isEmpty == true { blocks[worker] = nil }
        case .workerDrained(let worker, let mode, _):
            drains[worker] = mode
            everDrained.insert(worker)
        case .workerResumed(let worker, _): drains[worker] = nil
        }
    }

    // MARK: - Rules for jobs

    private mutating func submit(_ id: JobID, _ spec: JobSpec, _ key: Digest) {
        require(jobs[id] == nil, "\(id) was submitted twice")
        for (other, job) in jobs {
            require(job.key != key, "\(id) has the key of \(other)")
            require(job.spec.name != spec.name, "\(id) has the name of \(other)")
        }
        jobs[id] = StoredJob(spec: spec, key: key)
    }

    private mutating func cancel(_ id: JobID) {
        jobs[id]?.isCancelled = true
        everCancelled.insert(id)
        for index in jobs[id]?.tasks.keys ?? [] { jobs[id]?.tasks[index]?.leasedTo = nil }
    }

    // MARK: - Rules for tasks

    private mutating func start(_ lease: Lease, at now: Instant) {
        let (attempt, task) = (lease.attempt, lease.attempt.task)
        let last = self[task]?.attempt ?? 0
        require(attempt.attempt > last, "\(attempt) was given out after number \(last)")
        require(isOpen(task), "\(attempt) was given out after the end of its task")
        require(self[task]?.leasedTo == nil, "\(attempt) is a second lease")
        require(drains[lease.worker] == nil, "\(attempt) was given to \(lease.worker), which is drained")
        require(blocks[lease.worker]?[task.job] == nil, "\(attempt) was given to \(lease.worker), which is blocked")
        if let job = jobs[task.job], let step = job.step(of: task.index) {
            require(!job.isPaused, "\(attempt) was given out although its job is paused")
            require(job.isOpen(step), "\(attempt) was given out before the steps that it depends on had succeeded")
            require(job.isNext(task.index, in: step), "\(attempt) was given out before the one before it in its chain")
        } else {
            require(false, "\(attempt) is of no job")
        }
        startedAttempts.insert(attempt)
        edit(task, at: now) {
            $0.attempt = attempt.attempt
            $0.leasedTo = lease.worker
        }
    }

    private mutating func succeed(_ lease: Lease, _ result: TaskResult, at now: Instant) {
        let (attempt, task) = (lease.attempt, lease.attempt.task)
        require(isOpen(task), "\(attempt) succeeded after its task had ended")
        require(attempt.attempt <= self[task]?.attempt ?? 0, "\(attempt) succeeded but was never given out")
        successes += 1
        endedAttempts.insert(attempt)
        let step = jobs[task.job]?.step(of: task.index)
        if let step { jobs[task.job]?.steps[step].succeeded += 1 }
        let isChain = step.map { jobs[task.job]?.spec.steps[$0].isChain == true } ?? false
        edit(task, at: now) {
            $0.outcome = .succeeded(attempt: attempt.attempt)
            $0.leasedTo = nil
            $0.checkpoints = []
            $0.failedOn = []
            $0.artifacts = isChain ? result.artifacts : []
        }
    }

    private mutating func fail(_ lease: Lease, _ failure: Failure, at now: Instant) {
        requireLease(lease, "failed")
        endedAttempts.insert(lease.attempt)
        edit(lease.attempt.task, at: now) {
            $0.leasedTo = nil
            $0.failures[failure.failureClass, default: 0] += 1
            if failure.cause?.isCrash == true { $0.crashes += 1 }
            if failure.isBlame { $0.failedOn = Set($0.failedOn + [lease.worker]).sorted() }
        }
    }

    private mutating func fail(_ task: TaskID, _ failure: Failure, at now: Instant) {
        require(isOpen(task), "\(task) failed after its end")
        require(self[task]?.leasedTo == nil, "\(task) failed while it was leased")
        edit(task, at: now) {
            $0.outcome = .failed(failure)
            $0.checkpoints = []
        }
    }

    private mutating func requeue(_ task: TaskID, at now: Instant) {
        if case .succeeded? = self[task]?.outcome { require(false, "\(task) was queued again after it succeeded") }
        jobs[task.job]?.isCancelled = false
        jobs[task.job]?.failure = nil
        edit(task, at: now) {
            $0.outcome = .open
            $0.failures = [:]
            $0.crashes = 0
            $0.failedOn = []
        }
    }

    private mutating func store(_ checkpoint: Checkpoint, _ lease: Lease, at now: Instant) {
        let task = lease.attempt.task
        require(isOpen(task), "\(lease.attempt) stored a checkpoint after the end of its task")
        let newest = self[task]?.checkpoints.first?.iteration ?? 0
        require(
            checkpoint.iteration > newest,
            "\(lease.attempt) went back from iteration \(newest) to \(checkpoint.iteration)")
        edit(task, at: now) {
            $0.checkpoints = Array(([checkpoint] + $0.checkpoints).prefix(Limits.checkpoints))
        }
    }

    private mutating func requireLease(_ lease: Lease, _ what: String) {
        let task = self[lease.attempt.task]
        require(
            task?.leasedTo == lease.worker && task?.attempt == lease.attempt.attempt,
            "\(lease.attempt) \(what) at \(lease.worker) but the lease is not its own")
    }

    private mutating func require(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { contradictions.append(text()) }
    }

    private mutating func edit(_ id: TaskID, at now: Instant, _ change: (inout StoredTask) -> Void) {
        guard let place = jobs.index(forKey: id.job) else { return contradictions.append("\(id) is of no job") }
        var task = jobs.values[place].tasks[id.index] ?? StoredTask()
        change(&task)
        task.touched = now
        jobs.values[place].tasks[id.index] = task
    }
}
