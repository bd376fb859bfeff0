internal import DequeModule
internal import FarmCoordinator
internal import FarmModel
internal import FarmProtocol
internal import OrderedCollections

// The coordinator's process: takes what has come at its own pace, commits once, then speaks.
extension Simulation {
    mutating func startCoordinator() {
        guard coordinator.machine == nil else { return }
        note("coordinator starts")
        var machine = Coordinator(configuration: configuration, recovering: ledger.start(), at: now)
        if plant == .forgetFence { machine.sabotage = .forgetsFence }
        if plant == .forgetShares { machine.sabotage = .forgetsShares }
        coordinator.machine = machine
        tellCoordinator(.event(.tick))
        let waiting = coordinator.waiting
        coordinator.waiting = []
        for packet in waiting { arrive(packet) }
    }

    mutating func crashCoordinator(_ reason: String) {
        guard coordinator.machine != nil else { return }
        note("coordinator dies: \(reason)")
        faults += 1
        coordinator.crash()
        checkers.coordinatorRestarted()
        deafSessions = []
        agenda.add(.coordinatorStarts, at: after(isHealed ? 10 : random.around(options.repair)))
    }

    mutating func wakeCoordinator(_ life: Int) {
        guard life == coordinator.life, let wake = coordinator.wake, wake <= now else { return }
        coordinator.wake = nil
        tellCoordinator(.event(.tick))
    }

    /// Puts something into the inbox, and deals with it unless a commit goes on.
    mutating func tellCoordinator(_ input: CoordinatorHost.Input) {
        guard coordinator.machine != nil else { return }
        coordinator.inbox.append(input)
        work()
    }

    private mutating func work() {
        while coordinator.pending == nil, !coordinator.inbox.isEmpty, var machine = coordinator.machine.take() {
            var effects: [Coordinator.Effect] = []
            var left = options.disk.batch
            while left > 0, let input = coordinator.inbox.popFirst() {
                guard let event = event(for: input) else { continue }
                effects += machine.handle(event, at: now, wall: WallTime(milliseconds: now.milliseconds))
                prove(machine)
                left -= 1
            }
            coordinator.machine = machine
            let hasRecords = effects.contains { if case .persist = $0 { true } else { false } }
            if plant == .acknowledgeBeforeCommit, hasRecords {
                for effect in effects { perform(effect) }
                effects = effects.filter { if case .persist = $0 { true } else { false } }
            }
            coordinator.pending = effects
            if hasRecords, options.disk.commit > 0 {
                let duration = isHealed ? 1 : random.around(options.disk.commit)
                agenda.add(.commitEnds(life: coordinator.life), at: after(duration))
            } else {
                finishCommit()
            }
        }
    }

    /// A slow commit is through: its effects come about, then what came meanwhile.
    mutating func endCommit() {
        finishCommit()
        work()
    }

    /// Commits a batch and does what waited for it; the disk or the process may fail at any point.
    private mutating func finishCommit() {
        guard let effects = coordinator.pending.take() else { return }
        let records = effects.flatMap { effect -> [Record] in
            if case .persist(let records) = effect { records } else { [] }
        }
        if !records.isEmpty, !isHealed, random.chance(options.disk.failure) { return crashCoordinator("disk full") }
        let isDying = !isHealed && random.chance(options.disk.death)
        let death = isDying ? random.index(below: effects.count + 2) : .max
        if death == 0 { return crashCoordinator("before the commit") }
        if !records.isEmpty {
            let gives = records.contains { if case .attemptStarted = $0 { true } else { false } }
            // Two ledgers at once cost a copy.
            let before = gives ? ledger : nil
            ledger.commit(records, at: now)
            checkers.committed(records, ledger)
            // Whether a node lives long enough for a task only the coordinator knows.
            let hosts = options.lifetimes > 0 ? [:] : lastingHosts
            checkers.shared(records, before: before ?? ledger, after: ledger, hosts, slots: options.slots, at: now)
            for case .attemptStarted(let lease, _) in records { requireFit(lease) }
            for record in records { note("  commit \(record)") }
        }
        for (place, effect) in effects.enumerated() {
            if death == place + 1 { return crashCoordinator("before effect \(place)") }
            perform(effect)
        }
        if isDying { return crashCoordinator("after its effects") }
        if !records.isEmpty, random.chance(30), let machine = coordinator.machine, coordinator.inbox.isEmpty {
            checkers.report(RecoveryChecker.difference(machine, ledger, configuration, at: now))
        }
    }

    /// Nobody is given what his host is not fit for.
    private mutating func requireFit(_ lease: Lease) {
        guard let host = workers.first(where: { $0.name == lease.worker }),
            let job = ledger.jobs[lease.attempt.task.job], let step = job.step(of: lease.attempt.task.index)
        else { return }
        checkers.require(
            Fitness.meets(job.spec.steps[step].requirements, host.capabilities, slots: options.slots),
            "\(lease.attempt) was given to \(lease.worker), which is not fit for it")
    }

    private mutating func prove(_ machine: Coordinator) {
        do { try machine.proveInvariants() } catch { checkers.report("the coordinator's own check: \(error)") }
    }

    private mutating func event(for input: CoordinatorHost.Input) -> Coordinator.Event? {
        switch input {
        case .event(let event): return event
        case .worker(let message, let session, let route):
            var missing: [Digest] = []
            switch message {
            case .succeeded(_, let result):
                missing = result.artifacts.map(\.digest).filter { !coordinator.blobs.contains($0) }
            case .checkpoint(_, let checkpoint):
                missing = coordinator.blobs.contains(checkpoint.digest) ? [] : [checkpoint.digest]
            case .ready(let free):
                if let name = name(at: route) { checkers.ready(session, of: name, free: free, at: now) }
                if isLost(session, free) { return nil }
            default: break
            }
            return .workerSaid(message, session: session, route: route, missingBlobs: missing)
        }
    }

    /// Whether a READY is planted to be lost, and with it every later one of its session.
    private mutating func isLost(_ session: SessionID, _ free: UInt32) -> Bool {
        guard plant == .loseReady else { return false }
        if free > 0, random.chance(20) { deafSessions.insert(session) }
        return deafSessions.contains(session)
    }

    // MARK: - Effects

    private mutating func perform(_ effect: Coordinator.Effect) {
        switch effect {
        case .persist, .jobEnded: break
        case .notify(let notice): note("  notice \(notice)")
        case .send(let message, let route, let session):
            checkers.sent(message, session, to: name(at: route), ledger)
            send(.coordinator(message), session, to: route)
        case .reply(let reply, let route):
            checkers.replied(reply, ledger)
            send(.clientReply(reply), SessionID(ledger.epoch), to: route)
        case .publish(let attempt): checkers.published(attempt, ledger)
        case .wake(let instant):
            coordinator.wake = instant
            agenda.add(.coordinatorWakes(life: coordinator.life), at: max(instant, now))
        }
    }

    /// The worker that opened the connection of an address.
    private func name(at route: Route) -> WorkerID? {
        guard let direction = route.destination?.direction, case .worker = direction.peer else { return nil }
        return connections[direction.connection]
    }
}
