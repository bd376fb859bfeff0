internal import DequeModule
internal import FarmModel
internal import OrderedCollections

// Sessions: from HELLO through the inventory to work.
extension WorkerMachine {
    /// The coordinator says something; MUST be called for every message, also late and repeated ones.
    mutating func coordinatorSaid(_ message: CoordinatorMessage, session said: SessionID) {
        switch message {
        case .welcome(let welcome): return welcomed(welcome)
        case .refuse(let refusal, let retryAfter): return refused(refusal, Int64(retryAfter))
        case .reconcile, .offer, .pong, .revoke, .checkpointOK, .resultOK, .needBlobs, .drain, .bye: break
        }
        // A message of another session is about another state of things.
        guard let session, session == said else { return }
        lastHeard = now
        if case .suspect = phase { phase = .active(session) }
        switch message {
        case .welcome, .refuse: break
        case .reconcile(let verdicts): reconciled(verdicts)
        case .offer(let attempt, let spec, let lease, let resume):
            offered(attempt, spec, leaseMilliseconds: Int64(lease), resume: resume)
        case .pong(let renewed, let ended): answered(renewed: renewed, ended: ended)
        case .revoke(let attempt, let reason): revoked(attempt, reason)
        case .resultOK(let attempt, _): forget(attempt)
        case .needBlobs(let attempt, let digests): needBlobs(attempt, digests)
        case .checkpointOK(let attempt, let iteration): checkpointDone(attempt, iteration: iteration)
        case .drain(let mode): leave(mode, "the coordinator asked for it", isOwn: false, within: nil)
        case .bye: goOffline()
        }
    }

    // MARK: - Opening and closing

    /// Opens a connection and says HELLO on it.
    mutating func connect() {
        phase = .helloSent(until: after(configuration.lostAfterMilliseconds))
        effects += [.connect, .send(.hello(hello), session: .none)]
    }

    /// The first word of a session.
    private var hello: Hello {
        let lifetime = lifetimeEnd.map { max(1, $0.millisecondsSince(now)) }
        return Hello(
            worker: configuration.worker, instance: configuration.instance, host: configuration.host,
            slots: configuration.slots, backend: configuration.backend, engine: configuration.engine,
            capabilities: configuration.capabilities, lifetimeMilliseconds: lifetime, dialect: .ofWorkers)
    }

    /// Gives the connection up and tries again after a pause with full jitter.
    mutating func goOffline() {
        goOffline(for: Int64.random(in: 1...backOffBound, using: &random))
        tries += 1
    }

    private mutating func goOffline(for milliseconds: Int64) {
        switch phase {
        case .active, .suspect: contactLost = contactLost ?? lastHeard
        case .idle, .offline, .helloSent, .reconciling, .exited: break
        }
        phase = .offline(until: after(milliseconds))
        pings = []
        declaredFree = nil
        announcedDrain = nil
        effects.append(.disconnect)
    }

    private var backOffBound: Int64 {
        let doubled = configuration.backOffMilliseconds << Int64(min(tries, 20))
        return min(configuration.maximumBackOffMilliseconds, doubled)
    }

    /// REFUSE: comes again later, or never.
    private mutating func refused(_ refusal: Refusal, _ retryAfter: Int64) {
        guard case .helloSent = phase else { return }
        guard retryAfter > 0 else {
            for attempt in runs.keys { stop(attempt, "the coordinator refused this worker") }
            return exit("the coordinator refused this worker: \(refusal.explanation)", isFailure: true)
        }
        goOffline(for: retryAfter)
    }

    /// WELCOME: the terms hold, and the coordinator is told what is here.
    private mutating func welcomed(_ welcome: Welcome) {
        switch phase {
        case .helloSent: break
        case .reconciling, .active, .suspect:
            // Our HELLO was doubled: the newest session is the one that lives.
            guard let session, welcome.session > session else { return }
        case .idle, .offline, .exited: return
        }
        lastHeard = now
        heartbeatMilliseconds = max(1, Int64(welcome.heartbeatMilliseconds))
        leaseMilliseconds = Int64(welcome.leaseMilliseconds)
        pings = []
        declaredFree = nil
        announcedDrain = nil
        agree(on: welcome.features)
        let held = Array(runs.keys)
        let owed = Array(outbox.keys.prefix(Limits.outboxEntries))
        phase = .reconciling(
            Reconciling(
                session: welcome.session, awaiting: Set(held + owed), sent: now, until: after(lostMilliseconds)))
        sendInventory(held: held, owed: owed)
    }

    private mutating func sendInventory(held: [TaskAttempt], owed: [TaskAttempt]) {
        var rest = owed[...]
        var listed = held
        repeat {
            let page = Array(rest.prefix(max(0, WorkerLimits.inventoryPage - listed.count)))
            rest = rest.dropFirst(page.count)
            send(.inventory(held: listed, outbox: page, more: !rest.isEmpty))
            listed = []
        } while !rest.isEmpty
    }

    /// RECONCILE: with the last verdict the worker is active.
    private mutating func reconciled(_ verdicts: [Reconciliation]) {
        guard case .reconciling(var reconciling) = phase else { return }
        for verdict in verdicts where reconciling.awaiting.remove(verdict.attempt) != nil {
            apply(verdict, sent: reconciling.sent)
        }
        guard reconciling.awaiting.isEmpty else {
            phase = .reconciling(reconciling)
            return
        }
        phase = .active(reconciling.session)
        tries = 0
        contactLost = nil
        nextBeat = now
        nextBeatIsPing = true
        for attempt in outbox.keys {
            outbox[attempt]?.next = nil
            outbox[attempt]?.tries = 0
        }
        for attempt in runs.keys {
            runs[attempt]?.saving?.next = nil
            runs[attempt]?.saving?.tries = 0
        }
    }

    private mutating func apply(_ verdict: Reconciliation, sent: Instant) {
        let attempt = verdict.attempt
        let leaseEnd = sent.advanced(byMilliseconds: leaseMilliseconds)
        let detachedEnd = after(configuration.maximumDetachedMilliseconds)
        switch verdict.verdict {
        case .adopt: runs[attempt]?.lease = .valid(until: leaseEnd)
        case .finishDetached:
            // What was to come back need not any more.
            if runs[attempt]?.suspension != nil { return stop(attempt, "superseded") }
            runs[attempt]?.lease = .detached(until: detachedEnd)
        case .abandon:
            stop(attempt, "the coordinator gave it up")
            forget(attempt)
        case .resend:
            // Everything in the outbox is reported again as soon as the worker is active.
            break
        }
    }

    // MARK: - Heartbeats

    /// Silence after which the coordinator is lost.
    var lostMilliseconds: Int64 { max(4 * heartbeatMilliseconds, configuration.lostAfterMilliseconds) }

    /// One half of a heartbeat: a ping, or the number of free slots.
    ///
    /// The count is repeated because a lost one would leave slots idle. It goes half-way between pings so that a live
    /// worker is never silent for a whole heartbeat, which would let another process take its name.
    mutating func beat() {
        if nextBeatIsPing {
            // Results without an answer are listed too: their leases have to last until the answer.
            let held = runs.filter { !$0.value.isDetached }.map { attempt, run in
                HeldAttempt(
                    attempt, iteration: run.iteration,
                    sinceStepMilliseconds: UInt32(clamping: run.lastStep.map { now.millisecondsSince($0) } ?? 0))
            }
            let ended = outbox.keys.prefix(Limits.outboxEntries).map { HeldAttempt($0, hasEnded: true) }
            send(.ping(held + ended))
            pings.append(now)
            if pings.count > WorkerLimits.unansweredPings { pings.removeFirst() }
        } else {
            send(.ready(free: free))
            declaredFree = free
        }
        nextBeatIsPing.toggle()
        nextBeat = after(max(1, heartbeatMilliseconds / 2))
    }

    /// PONG: leases hold from when the ping left, which is never later than when it was heard.
    ///
    /// The oldest ping without an answer is taken to be the one meant: if one was lost, that errs towards a lease that
    /// ends too early, never too late.
    private mutating func answered(renewed: [TaskAttempt], ended: [TaskAttempt]) {
        guard let sent = pings.popFirst() else { return }
        for attempt in renewed {
            guard case .valid(let until)? = runs[attempt]?.lease else { continue }
            let renewed = sent.advanced(byMilliseconds: leaseMilliseconds)
            runs[attempt]?.lease = .valid(until: max(until, renewed))
        }
        for attempt in ended { stop(attempt, "its lease has ended") }
    }
}
