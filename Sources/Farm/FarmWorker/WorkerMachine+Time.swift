internal import FarmModel
internal import OrderedCollections

// Time: what is due after an event, and what will be due next.
extension WorkerMachine {
    /// Does everything that is due, after every event.
    mutating func settle() {
        settlePhase()
        settleLifetime()
        stopDetached()
        settleSuspensions()
        settleDisk()
        settleDrain()
        settleRest()
        switch phase {
        case .active, .suspect: if nextBeat <= now { beat() }
        case .idle, .offline, .helloSent, .reconciling, .exited: break
        }
        flushOutbox()
        flushCheckpoints()
        announceDrain()
        if activeSession != nil, declaredFree != free {
            send(.ready(free: free))
            declaredFree = free
        }
        settleExit()
    }

    /// Moves on from a phase that has lasted too long.
    private mutating func settlePhase() {
        switch phase {
        case .idle, .exited: break
        case .offline(let until): if until <= now { connect() }
        case .helloSent(let until): if until <= now { goOffline() }
        case .reconciling(let reconciling): if reconciling.until <= now { goOffline() }
        case .active(let session), .suspect(let session):
            if lostAt <= now || (leasesEnd.map { $0 <= now } ?? false) {
                goOffline()
            } else if suspectAt <= now {
                phase = .suspect(session)
            }
        }
    }

    /// Stops attempts that have run on alone for too long.
    private mutating func stopDetached() {
        for (attempt, run) in runs {
            switch run.lease {
            case .detached(let until):
                if until <= now || drain != nil { stop(attempt, "superseded") }
            case .valid:
                if let detachedEnd, detachedEnd <= now { stop(attempt, "the coordinator was lost for too long") }
            }
        }
    }

    /// Ends the machine.
    mutating func exit(_ reason: String, isFailure: Bool = false) {
        if isConnected { effects.append(.disconnect) }
        phase = .exited
        effects.append(.exit(reason: reason, isFailure: isFailure))
    }

    // MARK: - Deadlines

    /// The earliest instant at which something is due.
    var nextDeadline: Instant? {
        var deadlines: [Instant?] = [drainDeadline, detachedEnd, lifetimeWarning, rest?.until]
        if let drain {
            if drain.mode < .checkpointed { deadlines.append(drain.suspendAt) }
            if drain.mode < .immediate { deadlines.append(drain.stopAt) }
            deadlines.append(drain.leaveAt)
        }
        switch phase {
        case .idle: break
        case .exited: return nil
        case .offline(let until), .helloSent(let until): deadlines.append(until)
        case .reconciling(let reconciling): deadlines.append(reconciling.until)
        case .active:
            deadlines += [nextBeat, suspectAt, leasesEnd]
            deadlines += outbox.values.map(\.next)
            deadlines += runs.values.map { $0.saving?.next }
        case .suspect: deadlines += [nextBeat, lostAt, leasesEnd]
        }
        for run in runs.values {
            if case .detached(let until) = run.lease { deadlines.append(until) }
            deadlines += [run.suspension?.deadline, run.due]
        }
        deadlines += outbox.values.map(\.keepingDeadline)
        return deadlines.compactMap { $0 }.min()
    }

    /// When silence becomes suspicious.
    private var suspectAt: Instant { lastHeard.advanced(byMilliseconds: 2 * heartbeatMilliseconds) }
    /// When silence means that the coordinator is lost.
    private var lostAt: Instant { lastHeard.advanced(byMilliseconds: lostMilliseconds) }

    /// When the first lease ends as far as the worker knows.
    ///
    /// The coordinator may give the task away soon after, so it
    /// has to be asked, and asking is what an inventory does.
    private var leasesEnd: Instant? {
        runs.values.compactMap { run -> Instant? in
            switch run.lease {
            case .valid(let until): until
            case .detached: nil
            }
        }.min()
    }

    /// When attempts stop because the coordinator was lost for too long; nil while there is contact.
    private var detachedEnd: Instant? {
        guard let contactLost, !runs.isEmpty else { return nil }
        let cap = contactLost.advanced(byMilliseconds: configuration.maximumDetachedMilliseconds)
        return lifetimeEnd.map { min(cap, $0) } ?? cap
    }
}
