internal import FarmModel
internal import OrderedCollections

// Queries: how things stand. Every answer is bounded, whatever the farm holds.
extension Coordinator {
    /// Answers a question without changing anything.
    func answer(_ query: FarmQuery, at now: Instant) -> ClientReply {
        switch query {
        case .jobs: return .status(statuses(after: nil))
        case .jobsAfter(let id): return .status(statuses(after: id))
        case .job(let id):
            return jobs[id] == nil ? .refused("there is no \(id)") : .status(status(of: id))
        case .jobNamed(let name):
            guard let id = jobByName[name] else { return .refused("there is no job \"\(name)\"") }
            return .status(status(of: id))
        case .tasks(let id, let filter, let page):
            guard let job = jobs[id] else { return .refused("there is no \(id)") }
            return .tasks(tasks(of: job, filter, page))
        case .workers: return .workers(workerStatuses(at: now))
        case .explain(let task):
            guard let job = jobs[task.job], let explanation = explain(task, at: now) else {
                return .refused("there is no task \(task)")
            }
            return .explanation(
                TaskExplanation(
                    task: task, state: status(of: task.index, in: job).state, reason: explanation.reason.rawValue,
                    sentence: explanation.sentence, facts: explanation.facts))
        }
    }

    /// A page of the jobs with larger numbers, in their order.
    private func statuses(after id: JobID?) -> [JobStatus] {
        // Numbers grow with the order of submission, so the place of the first one is found by halving.
        var (low, high) = (0, id == nil ? 0 : jobs.count)
        while let id, low < high {
            let middle = (low + high) / 2
            if jobs.keys[middle] > id { high = middle } else { low = middle + 1 }
        }
        return jobs.values[low...].prefix(Limits.jobPage).map(\.status)
    }

    /// A page of a job's tasks; looks at a bounded number of them.
    private func tasks(of job: Job, _ filter: TaskFilter, _ page: TaskPageRequest) -> TaskPage {
        var found: [TaskStatus] = []
        var index = page.from
        let limit = min(max(1, Int(page.limit)), Limits.taskPage)
        let end = min(
            job.taskCount, index.addingReportingOverflow(CoordinatorLimits.tasksLookedAt).partialValue)
        while index < end, found.count < limit {
            let status = status(of: index, in: job)
            if filter.includes(status.state) { found.append(status) }
            index += 1
        }
        return TaskPage(job: job.id, tasks: found, next: index < job.taskCount ? index : nil)
    }

    /// How one task stands.
    func status(of index: UInt32, in job: Job) -> TaskStatus {
        let memory = job.memory(of: index)
        let lease = leases[TaskID(job: job.id, index: index)]
        let state: TaskStatus.State =
            switch memory?.state {
            case .leased: lease?.phase == .offered ? .offered : .running
            case .resting: .resting
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            case .ready: .ready
            case nil: job.stateOfUntried(index)
            }
        return TaskStatus(
            index: index, state: state, attempts: memory?.attempt ?? 0,
            failures: memory?.failures.total ?? 0,
            worker: lease?.lease.worker, iteration: lease?.iteration ?? job.checkpoints[index]?.first?.iteration ?? 0)
    }

    /// All workers that have a session, a lease or a drain, by name.
    private func workerStatuses(at now: Instant) -> [WorkerStatus] {
        let known = Set(workers.keys).union(drains.keys).sorted().prefix(CoordinatorLimits.workers)
        return known.map { worker in
            let held = (workers[worker]?.held ?? []).compactMap { leases[$0]?.lease.attempt }.sorted()
            let blocked = blockList.jobs(of: worker).sorted()
            guard let session = session(of: worker) else {
                return WorkerStatus(worker: worker, state: .away, held: held, blockedJobs: blocked)
            }
            let state: WorkerStatus.State =
                switch session.phase {
                case .reconciling: .joining
                case .active: isLeaving(worker) ? .draining : .active
                }
            return WorkerStatus(
                worker: worker, state: state, host: session.hello.host, backend: session.hello.backend,
                slots: session.hello.slots, free: credit(of: worker), held: held,
                capabilities: session.hello.capabilities,
                lifetimeMilliseconds: session.hello.lifetimeMilliseconds,
                silentMilliseconds: now.millisecondsSince(session.lastHeard), blockedJobs: blocked)
        }
    }
}

extension TaskFilter {
    /// Whether a state is asked for.
    func includes(_ state: TaskStatus.State) -> Bool {
        switch self {
        case .all: true
        case .waiting: state == .blocked || state == .ready || state == .resting
        case .running: state == .offered || state == .running
        case .succeeded: state == .succeeded
        case .failed: state == .failed
        case .cancelled: state == .cancelled
        }
    }
}

extension Job {
    /// How a task stands that was never tried.
    func stateOfUntried(_ index: UInt32) -> TaskStatus.State {
        guard let (place, offset) = locate(index) else { return .blocked }
        let step = steps[place]
        if isCancelled { return .cancelled }
        if step.isUntriedLost { return .failed }
        guard step.phase == .open else { return .blocked }
        let isNext = offset == step.tried.count && step.succeeded == step.tried.count
        return !step.isChain || isNext ? .ready : .blocked
    }
}
