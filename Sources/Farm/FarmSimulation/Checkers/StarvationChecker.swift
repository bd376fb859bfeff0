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
                let task = ReadyTasks(of: ledger, for: worker.worker, host, slots: slots, at: now).first
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
}
