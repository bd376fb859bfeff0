internal import FarmModel
internal import OrderedCollections

// Control: what people want of jobs and workers. Everything may be repeated.
extension Coordinator {
    // MARK: - Jobs

    /// Does what is asked of a job.
    mutating func execute(_ command: JobCommand, on id: JobID, _ turn: inout Turn) -> ClientReply {
        guard jobs[id] != nil else { return .refused("there is no \(id)") }
        switch command {
        case .cancel: cancel(id, &turn)
        case .retryFailed: retryFailed(id, &turn)
        case .pause: pause(id, &turn)
        case .resume: resume(id, &turn)
        case .setPriority(let priority): set(priority, of: id, &turn)
        case .requeue(let tasks): return requeue(tasks, of: id, &turn)
        }
        return .done(id)
    }

    /// Ends what has not ended; nothing happens to a job that is over.
    private mutating func cancel(_ id: JobID, _ turn: inout Turn) {
        guard jobs[id]?.isEnded == false else { return }
        turn.record(.jobCancelled(id, at: turn.wall))
        end(id, nil, &turn)
    }

    /// Queues failed and cancelled tasks again, with full budgets.
    private mutating func retryFailed(_ id: JobID, _ turn: inout Turn) {
        for index in jobs[id]?.requeueFailed() ?? [] {
            turn.record(.taskRequeued(TaskID(job: id, index: index), at: turn.wall))
        }
        enqueue(id)
    }

    /// Nothing more is given out, and what runs comes back.
    ///
    /// An attempt that runs is asked to finish its iteration, store a checkpoint and say RETURNED: the machine is free
    /// soon, and nothing is lost where tasks have checkpoints. It may also end meanwhile, well or badly, and that
    /// counts. An offer that has not been answered is void.
    private mutating func pause(_ id: JobID, _ turn: inout Turn) {
        guard let job = jobs[id], !job.isPaused, !job.isEnded else { return }
        turn.record(.jobPaused(id, at: turn.wall))
        jobs[id]?.isPaused = true
        dequeue(id)
        for task in overtaken.keys where task.job == id { stopOvertaken(task, .superseded, &turn) }
        for lease in leases(of: id) {
            revoke(lease.lease.attempt, from: lease.lease.worker, .paused, &turn)
            switch lease.phase {
            case .offered: giveBack(lease, "the job was paused", &turn)
            case .running: stop(lease, at: turn.now)
            case .stopping: break
            }
        }
    }

    private mutating func resume(_ id: JobID, _ turn: inout Turn) {
        guard jobs[id]?.isPaused == true else { return }
        turn.record(.jobResumed(id, at: turn.wall))
        jobs[id]?.isPaused = false
        enqueue(id)
        // A chain that waited for its worker may be given to it again.
        isWorkNew = true
    }

    private mutating func set(_ priority: Int32, of id: JobID, _ turn: inout Turn) {
        guard let known = jobs[id]?.priority, known != priority else { return }
        turn.record(.jobPriority(id, priority, at: turn.wall))
        dequeue(id)
        jobs[id]?.priority = priority
        enqueue(id)
    }

    /// Queues single tasks again; those that did not fail are left as they are.
    private mutating func requeue(_ tasks: [UInt32], of id: JobID, _ turn: inout Turn) -> ClientReply {
        guard let count = jobs[id]?.taskCount else { return .refused("there is no \(id)") }
        if let missing = tasks.first(where: { $0 >= count }) {
            return .refused("\(id) has no task \(missing); its tasks are 0 to \(count - 1)")
        }
        guard jobs[id]?.isCancelled == false else {
            return .refused("\(id) is cancelled; retry it as a whole")
        }
        for index in tasks where jobs[id]?.requeue(index) == true {
            turn.record(.taskRequeued(TaskID(job: id, index: index), at: turn.wall))
        }
        enqueue(id)
        return .done(id)
    }

    /// The leases of a job, in the order of its tasks.
    private func leases(of id: JobID) -> [ActiveLease] {
        leases.values.filter { $0.lease.attempt.task.job == id }.sorted {
            $0.lease.attempt < $1.lease.attempt
        }
    }

    // MARK: - Workers

    /// Does what is asked of a worker, whether or not it is there.
    mutating func execute(_ command: WorkerCommand, on worker: WorkerID, _ turn: inout Turn)
        -> ClientReply
    {
        switch command {
        case .drain(let mode):
            guard drains[worker] != nil || drains.count < CoordinatorLimits.drains else {
                return .refused("\(drains.count) workers are drained; resume those that are gone for good")
            }
            drain(worker, mode, &turn)
        case .resume: undrain(worker, &turn)
        case .forgive:
            guard blockList.forgive(worker) else { break }
            turn.record(.workerForgiven(worker, nil, at: turn.wall))
            isWorkNew = true
        }
        return .workerDone(worker)
    }
}
