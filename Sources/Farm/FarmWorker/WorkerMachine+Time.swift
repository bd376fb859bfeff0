internal import FarmModel
internal import OrderedCollections

// Time: what is due after an event, and what will be due next.
extension WorkerMachine {
    /// Does everything that is due, after every event.
    mutating func settle() {
        settlePhase()
        stopDetached()
        switch phase {
        case .active, .suspect: if nextBeat <= now { beat() }
        case .idle, .offline, .helloSent, .reconciling, .exited: break
        }
        flushOutbox()
        if activeSession != nil, declaredFree != free {
            send(.ready(free: free))
            declaredFree = free
        }
        settleDrain()
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
                if until <= now || drainReason != nil { stop(attempt, "superseded") }
            case .valid:
                if let detachedEnd, detachedEnd <= now { stop(attempt, "the coordinator was lost for too long") }
            }
        }
    }

    /// Exits once a drained worker has nothing left to do.
    private mutating func settleDrain() {
        guard let drainReason, phase != .exited, runs.isEmpty else { return }
        if outbox.isEmpty {
            send(.bye(reason: drainReason))
            return exit(drainReason)
        }
        guard activeSession == nil else {
            drainDeadline = nil
            return
        }
        let deadline = drainDeadline ?? after(configuration.drainPatienceMilliseconds)
        drainDeadline = deadline
        if deadline <= now { exit("\(drainReason); \(outbox.count) results stay in the outbox for the next start") }
    }

    /// Ends the machine.
    mutating func exit(_ reason: String) {
        if isConnected { effects.append(.disconnect) }
        phase = .exited
        effects.append(.exit(reason: reason))
    }

    // MARK: - Deadlines

    /// The earliest instant at which something is due.
    var nextDeadline: Instant? {
        var deadlines: [Instant?] = [drainDeadline, detachedEnd]
        switch phase {
        case .idle: break
        case .exited: return nil
        case .offline(let until), .helloSent(let until): deadlines.append(until)
        case .reconciling(let reconciling): deadlines.append(reconciling.until)
        case .active:
            deadlines += [nextBeat, suspectAt, leasesEnd]
            deadlines += outbox.values.map(\.next)
        case .suspect: deadlines += [nextBeat, lostAt, leasesEnd]
        }
        for run in runs.values {
            if case .detached(let until) = run.lease { deadlines.append(until) }
        }
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
        return contactLost.advanced(byMilliseconds: configuration.maximumDetachedMilliseconds)
    }
}
