internal import FarmModel
internal import HeapModule
internal import OrderedCollections

// Control: what people want of jobs and workers. Everything may be repeated.
extension Coordinator {
    // MARK: - Jobs

    /// Does what is asked of a job.
    mutating func execute(_ command: JobCommand, on id: JobID, _ turn: inout Turn) -> ClientReply {
        guard let job = jobs[id] else { return .refused("there is no \(id)") }
        switch command {
        case .cancel: cancel(id, &turn)
        case .retryFailed: retryFailed(id, &turn)
        case .pause: pause(id, &turn)
        case .resume:
            guard job.isPaused else { break }
            turn.record(.jobResumed(id, at: turn.wall))
            jobs[id]?.isPaused = false
            enqueue(id)
        case .setPriority(let priority): set(priority, of: id, &turn)
        case .requeue(let tasks): return requeue(tasks, of: id, &turn)
        }
        return .done(id)
    }

    /// Nothing more is given out; what runs is asked to store a checkpoint and come back.
    private mutating func pause(_ id: JobID, _ turn: inout Turn) {
        guard let job = jobs[id], !job.isPaused, !job.isEnded else { return }
        turn.record(.jobPaused(id, at: turn.wall))
        jobs[id]?.isPaused = true
        for lease in leases.values.filter({ $0.lease.attempt.task.job == id }).sorted(by: {
            $0.lease.attempt < $1.lease.attempt
        }) {
            revoke(lease.lease.attempt, from: lease.lease.worker, .paused, &turn)
        }
    }

    private mutating func set(_ priority: Int32, of id: JobID, _ turn: inout Turn) {
        guard let job = jobs[id], job.priority != priority else { return }
        turn.record(.jobPriority(id, priority, at: turn.wall))
        jobs[id]?.priority = priority
        let waiting = jobQueue.unordered
        jobQueue = Heap()
        for entry in waiting {
            jobQueue.insert(QueuedJob(priority: entry.id == id ? priority : entry.priority, id: entry.id))
        }
    }

    /// Queues single tasks again; those that did not fail are left as they are.
    private mutating func requeue(_ tasks: [UInt32], of id: JobID, _ turn: inout Turn) -> ClientReply {
        guard let job = jobs[id] else { return .refused("there is no \(id)") }
        if let missing = tasks.first(where: { $0 >= job.taskCount }) {
            return .refused("\(id) has no task \(missing); its tasks are 0 to \(job.taskCount - 1)")
        }
        guard !job.isCancelled else { return .refused("\(id) is cancelled; retry it as a whole") }
        for index in tasks where jobs[id]?.requeue(index) == true {
            turn.record(.taskRequeued(TaskID(job: id, index: index), at: turn.wall))
        }
        enqueue(id)
        return .done(id)
    }

    // MARK: - Workers

    /// Does what is asked of a worker, whether or not it is there.
    mutating func execute(_ command: WorkerCommand, on worker: WorkerID, _ turn: inout Turn) {
        switch command {
        case .drain(let mode):
            guard drains[worker] != mode else { return }
            turn.record(.workerDrained(worker, mode, at: turn.wall))
            drains[worker] = mode
            if let session = session(of: worker) { turn.send(.drain(mode), to: session) }
        case .resume:
            guard drains.removeValue(forKey: worker) != nil else { return }
            turn.record(.workerResumed(worker, at: turn.wall))
            joinRotation(worker)
        case .forgive:
            guard blocks.removeValue(forKey: worker) != nil else { return }
            turn.record(.workerForgiven(worker, nil, at: turn.wall))
            joinRotation(worker)
        }
    }

    /// DRAIN of a worker: it leaves by itself and gets nothing more.
    mutating func leaves(_ worker: WorkerID, _ mode: DrainMode) {
        workers[worker]?.session?.leaving = mode
    }
}
