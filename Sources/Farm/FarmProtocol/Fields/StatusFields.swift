import FarmModel
import OrderedCollections

extension WireJobStatus {
    init(_ status: JobStatus) {
        self.init()
        job = status.job.number
        name = status.name
        total = status.total
        waiting = status.waiting
        running = status.running
        succeeded = status.succeeded
        failed = status.failed
        cancelled = status.cancelled
        priority = status.priority
        submitter = status.submitter
        paused = status.isPaused
        if let reason = status.failure { failure = Prose.trimmed(reason) }
    }

    func model() throws -> JobStatus {
        let areThere = [hasTotal, hasWaiting, hasRunning, hasSucceeded, hasFailed, hasCancelled]
        try Checked.present(!areThere.contains(false), "a count of a job's status")
        return JobStatus(
            job: try Checked.job(job, "status.job"),
            name: try Checked.fileName(name, "status.name"), total: total, waiting: waiting, running: running,
            succeeded: succeeded, failed: failed, cancelled: cancelled, priority: priority,
            submitter: try Checked.label(submitter, atMost: Limits.nameBytes, "status.submitter"), isPaused: paused,
            failure: hasFailure ? try Checked.prose(failure, "status.failure") : nil)
    }
}

extension WireTaskPage {
    init(_ page: TaskPage) {
        self.init()
        job = page.job.number
        tasks = page.tasks.map { WireTaskStatus($0) }
        if let place = page.next { next = place }
    }

    func model() throws -> TaskPage {
        try Checked.count(tasks.count, atMost: Limits.taskPage, "tasks")
        return TaskPage(
            job: try Checked.job(job, "tasks.job"), tasks: try tasks.map { try $0.model() },
            next: hasNext ? try Checked.place(next, "tasks.next") : nil)
    }
}

extension WireTaskStatus {
    init(_ status: TaskStatus) {
        self.init()
        task = status.index
        state = status.state.wire
        attempts = status.attempts
        failures = status.failures
        worker = status.worker?.name ?? ""
        iteration = status.iteration
    }

    func model() throws -> TaskStatus {
        try Checked.present(hasTask, "task")
        return TaskStatus(
            index: try Checked.place(task, "task"), state: try .init(state, "task.state"), attempts: attempts,
            failures: failures, worker: worker.isEmpty ? nil : try Checked.worker(worker, "task.worker"),
            iteration: iteration)
    }
}

extension WireWorkerList {
    init(_ statuses: [WorkerStatus]) {
        self.init()
        workers = statuses.map { WireWorkerStatus($0) }
    }

    func model() throws -> [WorkerStatus] {
        try Checked.count(workers.count, atMost: WireLimits.workers, "workers")
        return try workers.map { try $0.model() }
    }
}

extension WireWorkerStatus {
    init(_ status: WorkerStatus) {
        self.init()
        worker = status.worker.name
        state = status.state.wire
        host = status.host
        backend = status.backend
        slots = status.slots
        free = status.free
        held = [WireTaskAttempt](Array(status.held.prefix(WireLimits.heldShown)))
        capabilities = WireCapabilities(status.capabilities)
        if let time = status.lifetimeMilliseconds { lifetimeMs = UInt64(clamping: time) }
        if let time = status.silentMilliseconds { silentMs = UInt64(clamping: time) }
        blockedJobs = status.blockedJobs.prefix(WireLimits.blocksShown).map(\.number)
    }

    func model() throws -> WorkerStatus {
        try Checked.present(hasCapabilities, "capabilities")
        try Checked.count(blockedJobs.count, atMost: WireLimits.blocksShown, "blocked_jobs")
        let slotRange = 0...UInt32(Limits.slots)
        return WorkerStatus(
            worker: try Checked.worker(worker, "worker"), state: try .init(state, "worker.state"),
            host: try Checked.label(host, "host"), backend: try Checked.label(backend, "backend"),
            slots: try Checked.number(slots, in: slotRange, "slots"),
            free: try Checked.number(free, in: slotRange, "free"),
            held: try held.model(atMost: WireLimits.heldShown, "held"), capabilities: try capabilities.model(),
            lifetimeMilliseconds: hasLifetimeMs ? try Checked.amount(lifetimeMs, atMost: .max, "lifetime_ms") : nil,
            silentMilliseconds: hasSilentMs ? try Checked.amount(silentMs, atMost: .max, "silent_ms") : nil,
            blockedJobs: try blockedJobs.map { try Checked.job($0, "blocked_jobs") })
    }
}

extension WireExplanation {
    init(_ explanation: TaskExplanation) {
        self.init()
        job = explanation.task.job.number
        task = explanation.task.index
        state = explanation.state.wire
        reason = explanation.reason
        sentence = Prose.trimmed(explanation.sentence)
        facts = explanation.facts.map { name, value in
            var fact = WireFact()
            fact.name = name
            fact.value = Prose.trimmed(value)
            return fact
        }
    }

    func model() throws -> TaskExplanation {
        try Checked.present(hasTask, "task")
        let facts = try Checked.unique(facts, atMost: Limits.summaryEntries, "facts", key: \.name) { fact in
            (name: try Checked.name(fact.name, "fact.name"), value: try Checked.prose(fact.value, "fact.value"))
        }
        let job = try Checked.job(job, "job")
        return TaskExplanation(
            task: TaskID(job: job, index: try Checked.place(task, "task")), state: try .init(state, "state"),
            reason: try Checked.name(reason, "reason"), sentence: try Checked.prose(sentence, "sentence"),
            facts: OrderedDictionary(uniqueKeysWithValues: facts.map { ($0.name, $0.value) }))
    }
}
