internal import FarmModel
internal import OrderedCollections

// Drains: a worker takes nothing new, by an operator's wish or by its own, and what it gives back is nobody's fault.
extension Coordinator {
    /// An operator's wish that a worker leaves; holds until it is resumed.
    struct Drain: Hashable {
        /// How it is to leave.
        var mode: DrainMode
        /// The process that was told; a new one under the same name is given nothing, but need not leave again.
        var told: WorkerInstance?
    }

    /// Drains a worker, there or not.
    mutating func drain(_ worker: WorkerID, _ mode: DrainMode, _ turn: inout Turn) {
        if drains[worker]?.mode != mode {
            turn.record(.workerDrained(worker, mode, at: turn.wall))
            drains[worker] = Drain(mode: mode, told: nil)
        }
        tellDrain(worker, &turn)
        stopGiving(worker)
    }

    /// Tells a drained worker to leave, each time its process opens a session.
    mutating func tellDrain(_ worker: WorkerID, _ turn: inout Turn) {
        guard let drain = drains[worker], let session = session(of: worker), session.isActive,
            drain.told == nil || drain.told == session.hello.instance
        else { return }
        drains[worker]?.told = session.hello.instance
        turn.send(.drain(session.hears(.returns) ? drain.mode : .eventual), to: session)
    }

    /// Gives a drained worker work again.
    mutating func undrain(_ worker: WorkerID, _ turn: inout Turn) {
        guard drains.removeValue(forKey: worker) != nil else { return }
        turn.record(.workerResumed(worker, at: turn.wall))
        isWorkNew = true
        joinRotation(worker)
    }

    /// DRAIN of a worker: it leaves by itself.
    mutating func leaves(_ worker: WorkerID, _ mode: DrainMode) {
        guard session(of: worker) != nil else { return }
        let worst = max(mode, workers[worker]?.leaving ?? mode)
        workers[worker]?.leaving = worst
        stopGiving(worker)
    }

    /// A worker is given nothing more: what waited for it goes to others.
    private mutating func stopGiving(_ worker: WorkerID) {
        endReservations(of: worker)
        // What this worker failed before may be given to it no more, but others may have waited for it.
        isWorkNew = true
    }

    /// Whether a worker was to leave anyway: what it gives back is nobody's fault.
    func isLeaving(_ worker: WorkerID) -> Bool {
        drains[worker] != nil || workers[worker]?.leaving != nil
    }

    /// The session of a worker is over: one that was leaving in haste is not waited for, since its node is gone by now.
    mutating func giveBackIfGone(_ worker: WorkerID, _ turn: inout Turn) {
        guard let mode = workers[worker]?.leaving, mode >= .expedited else { return }
        for task in workers[worker]?.held ?? [] {
            if let lease = leases[task] { giveBack(lease, "worker \(worker) left in haste", &turn) }
        }
    }
}
