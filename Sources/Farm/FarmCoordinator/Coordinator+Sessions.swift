internal import FarmModel
internal import OrderedCollections

// Sessions: who is there, under which number, and what a returning worker still holds.
extension Coordinator {
    /// A worker says something; MUST be called for every message, also late and repeated ones.
    mutating func workerSaid(
        _ message: WorkerMessage, session: SessionID, route: Route, missingBlobs: [Digest],
        _ turn: inout Turn
    ) {
        if case .hello(let hello) = message { return open(hello, route: route, &turn) }
        guard let worker = heard(from: session, route: route, at: turn.now) else {
            // A session of an earlier start, or one that was replaced or given up: its owner has to begin again.
            if case .bye = message { return }
            return turn.add(.send(.bye(reason: "unknown session"), to: route, session: session))
        }
        switch message {
        case .hello: break
        case .inventory(let held, let outbox, let more):
            inventory(of: worker, held: held, outbox: outbox, more: more, &turn)
        case .ready(let free): ready(worker, free: free)
        case .accept(let attempt): accepted(attempt, by: worker, &turn)
        case .decline(let attempt, let reason): declined(attempt, reason, by: worker, &turn)
        case .progress(let attempt, let progress):
            if let lease = currentLease(attempt, of: worker) {
                turn.notify(.progress(lease.lease, progress))
            }
        case .ping(let held): pinged(held, by: worker, &turn)
        case .checkpoint(let attempt, let checkpoint):
            stored(checkpoint, of: attempt, missing: missingBlobs, by: worker, &turn)
        case .returned(let attempt, let reason): returned(attempt, reason, by: worker, &turn)
        case .drain(let mode): leaves(worker, mode)
        case .revoked(let attempt): stopped(attempt, by: worker, &turn)
        case .succeeded(let attempt, let result):
            succeeded(attempt, result, missing: missingBlobs, by: worker, &turn)
        case .failed(let attempt, let failure): failed(attempt, failure, by: worker, &turn)
        case .bye(let reason): left(worker, reason, &turn)
        }
    }

    /// The session of a worker.
    func session(of worker: WorkerID) -> Session? { workers[worker]?.session }

    // MARK: - Opening

    /// HELLO: one live session per worker.
    private mutating func open(_ hello: Hello, route: Route, _ turn: inout Turn) {
        guard let common = Dialect.ofWorkers.common(with: hello.dialect) else {
            // It would be the same the next time.
            let refusal = CoordinatorMessage.refuse(.version, retryAfterMilliseconds: 0)
            return turn.add(.send(refusal, to: route, session: .none))
        }
        var isAnnounced = false
        var (warm, leaving) = (WarmKeys(), DrainMode?.none)
        var (misfortunes, restingUntil) = (UInt32(0), Instant?.none)
        if let old = session(of: hello.worker) {
            if old.hello.instance == hello.instance {
                // The same process on a new connection: nothing has happened to what it runs.
                isAnnounced = old.isAnnounced
                warm = workers[hello.worker]?.warm ?? WarmKeys()
                leaving = workers[hello.worker]?.leaving
                (misfortunes, restingUntil) = (old.misfortunes, old.restingUntil)
                forget(old, of: hello.worker)
            } else {
                let silence = turn.now.millisecondsSince(old.lastHeard)
                guard silence >= configuration.heartbeatMilliseconds else {
                    let rest = configuration.heartbeatMilliseconds - silence
                    return refuse(.identityInUse, retryAfter: rest, route, &turn)
                }
                turn.send(.bye(reason: "replaced by a new process"), to: old)
                end(old, of: hello.worker, "replaced by a new process", &turn)
            }
        }
        guard workers[hello.worker] != nil || workers.count < CoordinatorLimits.workers else {
            return refuse(.full, retryAfter: configuration.lostMilliseconds, route, &turn)
        }
        let session = Session(
            id: nextSessionID(), hello: hello, route: route, phase: .reconciling(Session.Inventory()),
            lastHeard: turn.now,
            nodeEnds: hello.lifetimeMilliseconds.map { turn.now.advanced(byMilliseconds: $0) },
            features: common.features, isAnnounced: isAnnounced)
        workers[hello.worker, default: Worker(id: hello.worker)].session = session
        // A new process has nothing in memory, and stays.
        workers[hello.worker]?.warm = warm
        workers[hello.worker]?.leaving = leaving
        // A full disk is as full after the network flapped.
        workers[hello.worker]?.session?.misfortunes = misfortunes
        if let restingUntil {
            workers[hello.worker]?.session?.restingUntil = restingUntil
            timers.set(.workerRest(session.id), at: restingUntil)
        }
        workerBySession[session.id] = hello.worker
        sessionByRoute[route] = session.id
        timers.set(
            .session(session.id), at: turn.now.advanced(byMilliseconds: configuration.lostMilliseconds))
        let welcome = Welcome(
            session: session.id, epoch: epoch,
            heartbeatMilliseconds: UInt32(configuration.heartbeatMilliseconds),
            leaseMilliseconds: UInt32(configuration.leaseMilliseconds),
            blobEndpoint: configuration.blobEndpoint, features: common.features)
        turn.add(.send(.welcome(welcome), to: route, session: .none))
    }

    private func refuse(
        _ refusal: Refusal, retryAfter milliseconds: Int64, _ route: Route, _ turn: inout Turn
    ) {
        // 0 would mean never.
        let retry = UInt32(clamping: max(1, milliseconds))
        turn.add(.send(.refuse(refusal, retryAfterMilliseconds: retry), to: route, session: .none))
    }

    // MARK: - Reconciling

    /// INVENTORY: with its last page the worker is active.
    private mutating func inventory(
        of worker: WorkerID, held: [TaskAttempt], outbox: [TaskAttempt], more: Bool, _ turn: inout Turn
    ) {
        guard let session = session(of: worker) else { return }
        switch session.phase {
        case .active:
            // A repetition; its leases may have moved on since it was written.
            break
        case .reconciling(var listed):
            listed.held += held
            listed.outbox += outbox
            guard listed.held.count + listed.outbox.count <= Limits.heldAttempts else {
                turn.send(.bye(reason: "the inventory is too long"), to: session)
                return end(session, of: worker, "its inventory is too long", &turn)
            }
            if more {
                workers[worker]?.session?.phase = .reconciling(listed)
            } else {
                reconcile(listed, with: worker, session, &turn)
            }
        }
    }

    private mutating func reconcile(
        _ listed: Session.Inventory, with worker: WorkerID, _ session: Session, _ turn: inout Turn
    ) {
        let present = Set(listed.held + listed.outbox)
        for task in workers[worker]?.held ?? [] {
            guard let lease = leases[task], !present.contains(lease.lease.attempt) else { continue }
            switch lease.phase {
            case .offered: void(lease, "the offer was lost", restMilliseconds: 0, &turn)
            case .running, .stopping:
                lost(lease, "worker \(worker) restarted or lost it", .abandoned, &turn)
            }
        }
        var verdicts = listed.held.map {
            Reconciliation(attempt: $0, verdict: verdict(on: $0, of: worker))
        }
        verdicts += listed.outbox.map { attempt in
            let verdict = verdict(on: attempt, of: worker)
            return Reconciliation(attempt: attempt, verdict: verdict == .abandon ? .abandon : .resend)
        }
        for attempt in listed.held + listed.outbox { renew(attempt, of: worker, &turn) }
        workers[worker]?.session?.phase = .active
        // One message at least: it is the answer to an empty inventory, too.
        var rest = verdicts[...]
        repeat {
            turn.send(.reconcile(Array(rest.prefix(CoordinatorLimits.verdicts))), to: session)
            rest = rest.dropFirst(CoordinatorLimits.verdicts)
        } while !rest.isEmpty
        // Tasks that this worker can execute may be refused to others from now on, and the other way round.
        isWorkNew = true
        tellDrain(worker, &turn)
        if !session.isAnnounced {
            workers[worker]?.session?.isAnnounced = true
            turn.notify(.workerJoined(worker, session.hello))
        }
    }

    private func verdict(on attempt: TaskAttempt, of worker: WorkerID) -> Reconciliation.Verdict {
        switch standing(of: attempt, reportedBy: worker) {
        case .current: .adopt
        case .past: .finishDetached
        case .unknown, .succeeded, .failed, .cancelled: .abandon
        }
    }

    // MARK: - Ending

    /// BYE: what the worker still held is free at once.
    private mutating func left(_ worker: WorkerID, _ reason: String, _ turn: inout Turn) {
        for task in workers[worker]?.held ?? [] {
            guard let lease = leases[task] else { continue }
            switch lease.phase {
            case .offered: void(lease, "worker \(worker) left", restMilliseconds: 0, &turn)
            case .running, .stopping: lost(lease, "worker \(worker) left: \(reason)", .abandoned, &turn)
            }
        }
        guard let session = session(of: worker) else { return }
        end(session, of: worker, reason, &turn)
    }

    /// The transport lost a peer: the session is over, its leases run on until they lapse.
    mutating func unreachable(_ route: Route, _ turn: inout Turn) {
        guard let id = sessionByRoute[route], let worker = workerBySession[id],
            let session = session(of: worker)
        else { return }
        end(session, of: worker, "unreachable", &turn)
    }

    /// A session's timer is due: it ends or is looked at again when the silence would be too long.
    mutating func sessionDue(_ id: SessionID, _ turn: inout Turn) {
        guard let worker = workerBySession[id], let session = session(of: worker) else { return }
        let deadline = session.lastHeard.advanced(byMilliseconds: configuration.lostMilliseconds)
        guard deadline <= turn.now else { return timers.set(.session(id), at: deadline) }
        end(
            session, of: worker, "silent for \(turn.now.millisecondsSince(session.lastHeard)) ms", &turn)
    }

    /// Ends a session for a reason that a watcher should know.
    private mutating func end(
        _ session: Session, of worker: WorkerID, _ reason: String, _ turn: inout Turn
    ) {
        forget(session, of: worker)
        giveBackIfGone(worker, &turn)
        if session.isAnnounced { turn.notify(.workerLost(worker, reason: reason)) }
    }

    private mutating func forget(_ session: Session, of worker: WorkerID) {
        workerBySession[session.id] = nil
        if sessionByRoute[session.route] == session.id { sessionByRoute[session.route] = nil }
        workers[worker]?.session = nil
        endReservations(of: worker)
        isWorkNew = true
        forgetIfIdle(worker)
    }

    /// Forgets a worker without a session and without a lease.
    mutating func forgetIfIdle(_ worker: WorkerID) {
        if let known = workers[worker], known.session == nil, known.held.isEmpty {
            workers[worker] = nil
        }
    }

    /// Notes that a session is alive; nil if there is none of this number.
    private mutating func heard(from session: SessionID, route: Route, at now: Instant) -> WorkerID? {
        guard let worker = workerBySession[session], let known = self.session(of: worker) else {
            return nil
        }
        if known.route != route {
            // The transport reconnected underneath: the dialogue goes on at another address.
            if sessionByRoute[known.route] == session { sessionByRoute[known.route] = nil }
            workers[worker]?.session?.route = route
        }
        sessionByRoute[route] = session
        workers[worker]?.session?.lastHeard = now
        return worker
    }
}
