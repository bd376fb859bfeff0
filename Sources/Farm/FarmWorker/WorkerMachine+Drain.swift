internal import FarmModel
internal import OrderedCollections

// Leaving: nothing new is taken, and what runs ends, comes back with a checkpoint, or stops, as the mode says.
extension WorkerMachine {
    /// How a worker leaves, and by when.
    struct Drain: Hashable {
        /// Only ever becomes harsher.
        var mode: DrainMode
        /// Why, for people.
        var reason: String
        /// Whether the coordinator does not know of it by itself.
        var isOwn: Bool
        /// When what still runs has to come back with a checkpoint; nil leaves it time.
        var suspendAt: Instant?
        /// When what still runs is stopped; nil leaves it time.
        var stopAt: Instant?
        /// When the process ends, whatever was not delivered; nil leaves it time.
        var leaveAt: Instant?
    }

    /// Begins to leave, or leaves in a harsher way or sooner.
    ///
    /// - Parameters:
    ///   - mode: How.
    ///   - reason: Why; the first reason stays.
    ///   - isOwn: Whether the coordinator has not asked for it.
    ///   - limit: Milliseconds within which the process has to end; nil leaves it as long as the mode does.
    mutating func leave(_ mode: DrainMode, _ reason: String, isOwn: Bool, within limit: Int64?) {
        let limit = limit.map { min(max(0, $0), WorkerLimits.drainMilliseconds) }
        var drain = drain ?? Drain(mode: mode, reason: reason, isOwn: isOwn)
        drain.mode = max(drain.mode, mode)
        drain.isOwn = drain.isOwn || isOwn
        // The last moments are for delivering what came of it.
        let lag = limit.map { min(configuration.leaveMilliseconds, $0 / 4) } ?? configuration.leaveMilliseconds
        let rest = limit.map { max(0, $0 - lag) }
        let stop: Int64? =
            switch mode {
            case .eventual: rest
            case .checkpointed: rest ?? configuration.suspendMilliseconds
            case .expedited: min(rest ?? .max, configuration.expeditedMilliseconds)
            case .immediate: 0
            }
        if let stop {
            let suspend = mode == .eventual ? stop - min(configuration.checkpointLeadMilliseconds, stop / 2) : 0
            drain.suspendAt = min(drain.suspendAt ?? after(suspend), after(suspend))
            drain.stopAt = min(drain.stopAt ?? after(stop), after(stop))
            // A mode without a limit waits for the coordinator's answers; only haste has an end of its own.
            if limit != nil || mode >= .expedited {
                drain.leaveAt = min(drain.leaveAt ?? after(stop + lag), after(stop + lag))
            }
        }
        self.drain = drain
    }

    /// Leaves before the node does.
    mutating func settleLifetime() {
        guard let lifetimeEnd, let lifetimeWarning, lifetimeWarning <= now else { return }
        self.lifetimeWarning = nil
        leave(.checkpointed, "its node ends", isOwn: true, within: max(0, lifetimeEnd.millisecondsSince(now)))
    }

    /// Lets what runs come back, or stops it, as the mode says and when it is time.
    mutating func settleDrain() {
        guard var drain else { return }
        if let suspendAt = drain.suspendAt, suspendAt <= now { drain.mode = max(drain.mode, .checkpointed) }
        if let stopAt = drain.stopAt, stopAt <= now { drain.mode = .immediate }
        self.drain = drain
        for attempt in runs.keys {
            switch drain.mode {
            case .eventual: break
            case .checkpointed, .expedited:
                suspend(attempt, drain.reason, until: drain.stopAt ?? after(configuration.suspendMilliseconds))
            case .immediate: giveBack(attempt, drain.reason)
            }
        }
    }

    /// Tells the coordinator what it does not know by itself.
    mutating func announceDrain() {
        guard let drain, drain.isOwn, activeSession != nil else { return }
        let mode = features.contains(.returns) ? drain.mode : .eventual
        guard announcedDrain != mode else { return }
        send(.drain(mode))
        announcedDrain = mode
    }

    /// Exits once a drained worker has nothing left to do, or no time.
    mutating func settleExit() {
        guard let drain, phase != .exited, runs.isEmpty else { return }
        let undelivered = "\(drain.reason); \(outbox.count) results stay in the outbox for the next start"
        if outbox.isEmpty {
            send(.bye(reason: drain.reason))
            return exit(drain.reason)
        }
        if let leaveAt = drain.leaveAt, leaveAt <= now {
            send(.bye(reason: drain.reason))
            return exit(undelivered)
        }
        guard activeSession == nil else {
            drainDeadline = nil
            return
        }
        let deadline = drainDeadline ?? after(configuration.drainPatienceMilliseconds)
        drainDeadline = deadline
        if deadline <= now { exit(undelivered) }
    }
}
