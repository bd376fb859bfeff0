import FarmModel

// What a client wants to be done or to know: one message type for several cases each.

extension WireJobCommand {
    init(_ command: JobCommand, _ job: JobID) {
        self.init()
        self.job = job.number
        switch command {
        case .cancel: verb = .cancel
        case .retryFailed: verb = .retryFailed
        case .pause: verb = .pause
        case .resume: verb = .resume
        case .setPriority(let priority):
            verb = .setPriority
            self.priority = priority
        case .requeue(let tasks):
            verb = .requeue
            self.tasks = tasks
        }
    }

    func model() throws -> JobCommand {
        guard verb == .setPriority || !hasPriority else { throw Malformed("priority belongs to SET_PRIORITY") }
        guard verb == .requeue || tasks.isEmpty else { throw Malformed("tasks belong to REQUEUE") }
        switch verb {
        case .cancel: return .cancel
        case .retryFailed: return .retryFailed
        case .pause: return .pause
        case .resume: return .resume
        case .setPriority:
            try Checked.present(hasPriority, "priority")
            return .setPriority(priority)
        case .requeue:
            try Checked.count(tasks.count, atMost: Limits.namedTasks, "tasks")
            return .requeue(try tasks.map { try Checked.place($0, "tasks") })
        case .unspecified, .UNRECOGNIZED: throw Malformed("verb has no known value")
        }
    }
}

extension WireWorkerCommand {
    init(_ command: WorkerCommand, _ worker: WorkerID) {
        self.init()
        self.worker = worker.name
        switch command {
        case .drain(let mode):
            verb = .drain
            self.mode = mode.wire
        case .resume: verb = .resume
        case .forgive: verb = .forgive
        }
    }

    func model() throws -> WorkerCommand {
        guard verb == .drain || mode == .unspecified else { throw Malformed("mode belongs to DRAIN") }
        switch verb {
        case .drain: return .drain(try .init(mode, "mode"))
        case .resume: return .resume
        case .forgive: return .forgive
        case .unspecified, .UNRECOGNIZED: throw Malformed("verb has no known value")
        }
    }
}

extension WireQuery {
    init(_ query: FarmQuery) {
        self.init()
        switch query {
        case .jobs: break
        case .jobsAfter(let id): after = id.number
        case .job(let id): job = id.number
        case .jobNamed(let name): self.name = name
        case .tasks(let id, let chosen, let page):
            subject = .tasks
            job = id.number
            filter = chosen.wire
            task = page.from
            limit = page.limit
        case .workers: subject = .workers
        case .explain(let id):
            subject = .explain
            job = id.job.number
            task = id.index
        }
    }

    func model() throws -> FarmQuery {
        let known = hasJob ? try Checked.job(job, "job") : nil
        guard subject == .tasks || (filter == .unspecified && limit == 0) else {
            throw Malformed("filter and limit belong to TASKS")
        }
        guard subject == .tasks || subject == .explain || task == 0 else {
            throw Malformed("task belongs to TASKS and EXPLAIN")
        }
        guard subject == .unspecified || (name.isEmpty && after == 0) else {
            throw Malformed("name and after belong to a question about jobs")
        }
        switch subject {
        case .unspecified:
            guard [known != nil, !name.isEmpty, after != 0].count(where: { $0 }) <= 1 else {
                throw Malformed("job, name and after: one of them at most")
            }
            if !name.isEmpty { return .jobNamed(try Checked.name(name, "name")) }
            if after != 0 { return .jobsAfter(try Checked.job(after, "after")) }
            return known.map { .job($0) } ?? .jobs
        case .workers:
            guard known == nil else { throw Malformed("WORKERS is about no job") }
            return .workers
        case .tasks:
            guard let known else { throw Malformed("job is missing") }
            let limit = try Checked.number(limit, in: 1...UInt32(Limits.taskPage), "limit")
            let page = TaskPageRequest(from: try Checked.place(task, "task"), limit: limit)
            return .tasks(known, try .init(filter, "filter"), page)
        case .explain:
            guard let known else { throw Malformed("job is missing") }
            return .explain(TaskID(job: known, index: try Checked.place(task, "task")))
        case .UNRECOGNIZED: throw Malformed("subject has no known value")
        }
    }
}

extension WireReply {
    func model() throws -> ClientReply {
        let fields = [!jobs.isEmpty, hasTasks, hasWorkers, hasExplanation].count { $0 }
        guard fields <= 1 else { throw Malformed("\(fields) answers in one") }
        if hasTasks { return .tasks(try tasks.model()) }
        if hasWorkers { return .workers(try workers.model()) }
        if hasExplanation { return .explanation(try explanation.model()) }
        try Checked.count(jobs.count, atMost: WireLimits.statuses, "jobs")
        return .status(try jobs.map { try $0.model() })
    }
}
