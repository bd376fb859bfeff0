internal import FarmModel
internal import OrderedCollections

/// No worker idles beside a ready task that it could take: the coordinator knows of both and brings them together.
struct StarvationChecker {
    /// A worker that says again and again that it has room.
    private struct Idle {
        let worker: WorkerID
        var lastReady: Instant
        /// Since when there has been something for it; nil while there is nothing.
        var beside: Instant?
    }

    private var idle: OrderedDictionary<SessionID, Idle> = [:]

    /// READY was dealt with.
    mutating func ready(_ session: SessionID, of worker: WorkerID, free: UInt32, at now: Instant) {
        guard free > 0 else { return busy(session) }
        if let known = idle[session],
            now.millisecondsSince(known.lastReady) <= SimulationLimits.readyGapMilliseconds
        {
            idle[session]?.lastReady = now
        } else {
            idle[session] = Idle(worker: worker, lastReady: now)
        }
    }

    /// A worker was offered something, or its session ended.
    mutating func busy(_ session: SessionID) { idle[session] = nil }

    /// The coordinator's process ended: a new one knows of nobody.
    mutating func restarted() { idle = [:] }

    /// What is wrong with the world as it is; nil if nothing is.
    ///
    /// Each worker that counts comes with what its host has to offer; this is asked often.
    mutating func audit(
        _ ledger: Ledger, _ hosts: [WorkerID: Capabilities], slots: UInt32, at now: Instant
    ) -> String? {
        for (session, worker) in idle {
            guard now.millisecondsSince(worker.lastReady) <= SimulationLimits.readyGapMilliseconds,
                let host = hosts[worker.worker],
                let task = StarvationChecker.task(for: worker.worker, host, slots, ledger, at: now)
            else {
                idle[session]?.beside = nil
                continue
            }
            let start = worker.beside ?? now
            idle[session]?.beside = start
            let waited = now.millisecondsSince(start)
            if waited > SimulationLimits.starvationMilliseconds {
                return "\(task) is ready and \(worker.worker) is idle, side by side for \(waited) ms"
            }
        }
        return nil
    }

    /// A task that nothing keeps from being offered to a worker.
    private static func task(
        for worker: WorkerID, _ host: Capabilities, _ slots: UInt32, _ ledger: Ledger, at now: Instant
    ) -> TaskID? {
        if ledger.drains[worker] != nil { return nil }
        for (id, job) in ledger.jobs where !job.isCancelled && !job.isPaused && ledger.blocks[worker]?[id] == nil {
            for place in job.steps.indices where !job.steps[place].isComplete && job.isOpen(place) {
                let step = job.steps[place]
                guard Fitness.meets(job.spec.steps[place].requirements, host, slots: slots) else { continue }
                for index in step.first..<step.first + step.count where job.isNext(index, in: place) {
                    guard let task = job.tasks[index] else { return TaskID(job: id, index: index) }
                    // It rests for a while after a failure, and where it has failed others come first.
                    let hasRested = now.millisecondsSince(task.touched) > SimulationLimits.restMilliseconds
                    if task.outcome == .open, task.leasedTo == nil, hasRested, !task.failedOn.contains(worker) {
                        return TaskID(job: id, index: index)
                    }
                }
            }
        }
        return nil
    }
}
