internal import FarmModel
internal import FarmProtocol
internal import FarmWorker
internal import OrderedCollections

// The workers' processes and their engines.
extension Simulation {
    mutating func startWorker(_ worker: Int) {
        guard workers[worker].machine == nil, !workers[worker].isGone else { return }
        if !isHealed, workers[worker].life > 0, !workers[worker].isClone, random.chance(options.renaming) {
            workers[worker].name = .simulated("worker-\(worker)-\(workers[worker].life)")
            workers[worker].disk = [:]
        }
        let name = workers[worker].name
        note("\(name) starts on host \(worker)")
        let instance = WorkerInstance(high: random.next(), low: random.next())
        let seed = random.next()
        var lifetime: Int64?
        if options.lifetimes > 0, !isHealed, random.chance(options.lifetimes) {
            lifetime = random.within(2_000...15_000)
        }
        workers[worker].start(
            instance, slots: options.slots, lifetime: lifetime,
            diskPatience: options.edition > .second ? SimulationLimits.diskPatienceMilliseconds : nil, random: seed,
            at: now)
        if let lifetime {
            agenda.add(.nodeEnds(worker: worker, life: workers[worker].life), at: after(lifetime))
        }
        tell(worker, .start)
    }

    mutating func crash(_ worker: Int, _ reason: String) {
        guard workers[worker].machine != nil else { return }
        note("worker \(worker) dies: \(reason)")
        faults += 1
        close(worker)
        workers[worker].crash()
        if !workers[worker].isClone { agenda.add(.workerStarts(worker), at: after(random.around(options.repair))) }
    }

    mutating func close(_ worker: Int) {
        if let connection = workers[worker].connection { network.close(connection, of: .worker(worker)) }
        workers[worker].connection = nil
    }

    mutating func wakeWorker(_ worker: Int, _ life: Int) {
        guard life == workers[worker].life, let wake = workers[worker].wake else { return }
        guard wake <= workers[worker].clock.local(now) else { return }
        workers[worker].wake = nil
        tell(worker, .tick)
    }

    mutating func thaw(_ worker: Int) {
        note("worker \(worker) goes on")
        let backlog = workers[worker].backlog ?? []
        workers[worker].backlog = nil
        for event in backlog { tell(worker, event) }
    }

    mutating func hear(_ message: CoordinatorMessage, _ session: SessionID, _ worker: Int) {
        tell(worker, .coordinatorSaid(message, session: session))
    }

    /// Hands an event to a worker's machine and does what comes of it; the process may die at any point of that.
    mutating func tell(_ worker: Int, _ event: WorkerMachine.Event) {
        if workers[worker].backlog != nil {
            workers[worker].backlog?.append(event)
            return
        }
        guard var machine = workers[worker].machine.take() else { return }
        if case .coordinatorSaid(let message, _) = event {
            checkers.heard(message, by: worker)
            if case .drain = message { workers[worker].isDraining = true }
        }
        let effects = machine.handle(event, at: workers[worker].clock.local(now))
        do { try machine.proveInvariants() } catch { checkers.report("worker \(worker)'s own check: \(error)") }
        workers[worker].machine = machine
        let isDying = !isHealed && random.chance(options.disk.death) && random.chance(300)
        let death = isDying ? random.index(below: effects.count + 1) : .max
        for (place, effect) in effects.enumerated() {
            if death == place { return crash(worker, "before effect \(place)") }
            perform(effect, of: worker)
        }
        if isDying { crash(worker, "after its effects") }
    }

    // MARK: - Effects

    private mutating func perform(_ effect: WorkerMachine.Effect, of worker: Int) {
        switch effect {
        case .connect:
            workers[worker].connection = connections.count
            connections.append(workers[worker].name)
        case .disconnect: close(worker)
        case .send(let message, let session):
            guard let connection = workers[worker].connection else { return }
            send(.worker(message), session, from: .worker(worker), connection: connection)
        case .startTask(let attempt, _, let resume): startEngine(attempt, resume, on: worker)
        case .stopTask(let attempt, _), .killTask(let attempt, _):
            // It may have ended just now, and says so although nobody asks any more.
            if !random.chance(200) { workers[worker].engine[attempt] = nil }
        case .suspendTask(let attempt): workers[worker].engine[attempt]?.isSuspended = true
        case .sendCheckpoint(let attempt, let checkpoint): upload(checkpoint, attempt, worker)
        case .forgetCheckpoint(let attempt, let checkpoint):
            workers[worker].checkpoints[attempt]?.removeAll { $0 == checkpoint }
        case .checkStorage:
            let life = workers[worker].life
            agenda.add(.storageChecked(worker: worker, life: life), at: after(random.around(50)))
        case .persistOutbox(let entry):
            note("  worker \(worker) keeps the end of \(entry.attempt)")
            checkers.ended(entry, on: workers[worker].name)
            workers[worker].writing[entry.attempt] = entry
            let life = workers[worker].life
            let duration = diskDuration(20, worker)
            // A result that the disk takes too late is given up: the task is done again.
            if duration > SimulationLimits.diskPatienceMilliseconds / 2 {
                checkers.lostOutput(of: entry.attempt, on: worker)
            }
            agenda.add(.outboxKept(entry.attempt, worker: worker, life: life), at: after(duration))
        case .sendBlobs(let attempt, let artifacts): upload(artifacts.map(\.digest), attempt, worker)
        case .forgetOutbox(let attempt):
            workers[worker].writing[attempt] = nil
            guard let entry = workers[worker].disk.removeValue(forKey: attempt) else { return }
            checkers.forgot(entry, on: worker, ledger)
        case .wake(let instant):
            workers[worker].wake = instant
            let at = max(workers[worker].clock.world(instant), now)
            agenda.add(.workerWakes(worker, life: workers[worker].life), at: at)
        case .exit(let reason, _):
            checkers.require(workers[worker].isDraining, "worker \(worker) left of itself: \(reason)")
            crash(worker, "leaves: \(reason)")
        }
    }

    /// The disk has taken an entry, or does not.
    mutating func keep(_ attempt: TaskAttempt, _ worker: Int) {
        guard let entry = workers[worker].writing.removeValue(forKey: attempt) else { return }
        if isHealed || !random.chance(options.outboxFailure) {
            workers[worker].disk[attempt] = entry
            // A process that stands still hears of it late, and may have given the result up by then.
            if workers[worker].backlog != nil { checkers.lostOutput(of: attempt, on: worker) }
        } else {
            tell(worker, .storageFailed(nil, reason: "no space left"))
        }
        tell(worker, .outboxKept(attempt))
    }

    // MARK: - Files

    private mutating func upload(_ digests: [Digest], _ attempt: TaskAttempt, _ worker: Int) {
        let path = Network.Path(worker: worker, isToCoordinator: true)
        if coordinator.machine == nil || network.cut.contains(path) { return }
        if !isHealed, random.chance(options.paths.loss) { return }
        agenda.add(
            .blobsStored(digests, attempt, worker: worker, life: workers[worker].life),
            at: after(random.around(options.paths.mean * 2)))
    }

    private mutating func upload(_ checkpoint: Checkpoint, _ attempt: TaskAttempt, _ worker: Int) {
        let path = Network.Path(worker: worker, isToCoordinator: true)
        if coordinator.machine == nil || network.cut.contains(path) { return }
        if !isHealed, random.chance(options.paths.loss) { return }
        let life = workers[worker].life
        agenda.add(
            .checkpointStored(checkpoint, attempt, worker: worker, life: life),
            at: after(random.around(options.paths.mean * 2)))
    }

    mutating func store(_ checkpoint: Checkpoint, _ attempt: TaskAttempt, _ worker: Int, _ life: Int) {
        guard coordinator.machine != nil else { return }
        let isLost = !isHealed && random.chance(options.vanishingBlobs)
        if !isLost { coordinator.blobs.insert(checkpoint.digest) }
        guard life == workers[worker].life else { return }
        if isLost, random.chance(300) {
            tell(worker, .checkpointLost(attempt, iteration: checkpoint.iteration))
        } else {
            tell(worker, .checkpointStored(attempt, iteration: checkpoint.iteration))
        }
    }

    mutating func store(_ digests: [Digest], _ attempt: TaskAttempt, _ worker: Int, _ life: Int) {
        guard coordinator.machine != nil else { return }
        if isHealed || !random.chance(options.vanishingBlobs) { coordinator.blobs.formUnion(digests) }
        if life == workers[worker].life { tell(worker, .blobsStored(attempt)) }
    }
}
