import FarmCoordinator
import FarmModel
import FarmWorker
import OrderedCollections

// What each happening does to the world.
extension Simulation {
    mutating func happen(_ happening: Happening) {
        switch happening {
        case .toCoordinator(let message, let session, let worker, let connection, let number):
            guard network.accepts(number, .init(connection: connection, isToCoordinator: true)) else { return }
            tellCoordinator(
                .workerSaid(
                    message, session: session, route: Simulation.route(worker, connection),
                    missingBlobs: missing(for: message)))
        case .toWorker(let message, let session, let worker, let connection, let number):
            guard workers[worker].connection == connection,
                network.accepts(number, .init(connection: connection, isToCoordinator: false))
            else { return }
            tellWorker(worker, .coordinatorSaid(message, session: session))
        case .unreachable(let route): tellCoordinator(.unreachable(route))
        case .coordinatorTick(let generation):
            if generation == coordinatorGeneration { tellCoordinator(.tick) }
        case .workerTick(let worker, let generation):
            if generation == workers[worker].generation { tellWorker(worker, .tick) }
        case .engineEnds(let attempt, let worker, let generation):
            guard generation == workers[worker].generation, workers[worker].engine.remove(attempt) != nil else {
                return
            }
            if !isHealed, random.chance(options.failure) {
                tellWorker(worker, .engineFailed(attempt, random.chance(50) ? .nan : .killed))
            } else {
                tellWorker(worker, .engineProgress(attempt, Progress(iteration: 1, iterations: 1, loss: 0, rate: 1)))
                tellWorker(worker, .engineSucceeded(attempt, .fixture(Simulation.fileNumber(of: attempt, on: worker))))
            }
        case .blobsArrive(let digests, let attempt, let worker, let generation):
            if isHealed || !random.chance(options.vanishingBlobs) { blobs.formUnion(digests) }
            if generation == workers[worker].generation { tellWorker(worker, .blobsStored(attempt)) }
        case .clientAsks: clientAsks()
        case .fault: fault()
        case .workerStarts(let worker): startWorker(worker)
        case .coordinatorStarts: startCoordinator()
        case .isolationEnds(let worker): network.isolated.remove(worker)
        case .heal: heal()
        }
    }

    // MARK: - Processes

    private mutating func startCoordinator() {
        guard coordinator == nil else { return }
        coordinatorGeneration += 1
        coordinator = Coordinator(configuration: Simulation.configuration, recovering: store.start(), at: now)
        tellCoordinator(.tick)
    }

    private mutating func startWorker(_ worker: Int) {
        guard workers[worker].machine == nil else { return }
        workers[worker].start(options, at: now, using: &random)
        tellWorker(worker, .start)
    }

    private mutating func crash(_ worker: Int) {
        close(worker)
        workers[worker].crash()
        agenda.add(.workerStarts(worker), at: after(.random(in: 10...4_000, using: &random)))
    }

    private mutating func crashCoordinator() {
        coordinator = nil
        coordinatorGeneration += 1
        agenda.add(.coordinatorStarts, at: after(.random(in: 10...8_000, using: &random)))
    }

    private mutating func close(_ worker: Int) {
        guard let connection = workers[worker].connection else { return }
        workers[worker].connection = nil
        connections[connection] = nil
    }

    // MARK: - Faults

    private mutating func fault() {
        guard !isHealed else { return }
        let worker = Int.random(in: workers.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: if workers[worker].machine != nil { crash(worker) }
        case 2: if coordinator != nil { crashCoordinator() }
        case 3:
            network.isolated.insert(worker)
            agenda.add(.isolationEnds(worker), at: after(.random(in: 100...9_000, using: &random)))
        default:
            close(worker)
            tellWorker(worker, .disconnected(reason: "simulated"))
        }
        agenda.add(.fault, at: after(.random(in: 1...(2 * options.faultInterval), using: &random)))
    }

    private mutating func heal() {
        isHealed = true
        network.isFaulty = false
        network.isolated = []
    }

    // MARK: - The client

    /// A client that repeats itself until it is answered, and sometimes changes its mind.
    private mutating func clientAsks() {
        for (number, sizes) in options.jobs.enumerated() where !submitted.contains(number) {
            tellCoordinator(
                .clientSaid(
                    .submit(.chain(sizes, named: "job-\(number)"), key: .number(UInt64(number))),
                    route: Route([UInt8(number)])))
        }
        if options.isCancelling, cancellations < 4, let job = specs.keys.min() {
            cancellations += 1
            tellCoordinator(.clientSaid(.command(.cancel, job), route: Route([99])))
        }
        for job in specs.keys.sorted() where options.isCancelling {
            tellCoordinator(.clientSaid(.command(.retryFailed, job), route: Route([99])))
        }
        agenda.add(.clientAsks, at: after(1_000))
    }

    // MARK: - Telling the machines

    mutating func tellCoordinator(_ event: Coordinator.Event) {
        guard var running = coordinator else { return }
        coordinator = nil
        let effects = running.handle(event, at: now, wall: WallTime(milliseconds: now.milliseconds))
        running.checkInvariants()
        coordinator = running
        // Now and then the process dies between two effects: before the commit, after it, or while it sends.
        let isDying = !isHealed && random.chance(1) && random.chance(30)
        let done = isDying ? Int.random(in: 0...effects.count, using: &random) : effects.count
        for effect in effects.prefix(done) { execute(effect) }
        if isDying { crashCoordinator() }
    }

    mutating func tellWorker(_ worker: Int, _ event: WorkerMachine.Event) {
        guard var running = workers[worker].machine else { return }
        workers[worker].machine = nil
        let effects = running.handle(event, at: now)
        running.checkInvariants()
        workers[worker].machine = running
        let isDying = !isHealed && random.chance(1) && random.chance(30)
        let done = isDying ? Int.random(in: 0...effects.count, using: &random) : effects.count
        for effect in effects.prefix(done) { execute(effect, of: worker) }
        if isDying { crash(worker) }
    }

    private mutating func execute(_ effect: Coordinator.Effect) {
        switch effect {
        case .persist(let records): store.commit(records)
        case .send(let message, let route, let session):
            checker.sent(message, specs: specs, store)
            send(message, session, to: route)
        case .reply(let reply, let route):
            guard case .submitted(let job, _) = reply, let number = route.bytes.first.map({ Int($0) }) else { return }
            submitted.insert(number)
            specs[job] = .chain(options.jobs[number], named: "job-\(number)")
        case .publish(let attempt): checker.published(attempt, store)
        case .jobEnded, .notify: break
        case .wake(let at): agenda.add(.coordinatorTick(generation: coordinatorGeneration), at: max(at, now))
        }
    }

    private mutating func execute(_ effect: WorkerMachine.Effect, of worker: Int) {
        let generation = workers[worker].generation
        switch effect {
        case .connect:
            connectionCount += 1
            connections[connectionCount] = worker
            workers[worker].connection = connectionCount
        case .disconnect: close(worker)
        case .send(let message, let session): send(message, session, from: worker)
        case .startTask(let attempt, _, _):
            workers[worker].engine.insert(attempt)
            agenda.add(
                .engineEnds(attempt, worker: worker, generation: generation),
                at: after(.random(in: 50...3_000, using: &random)))
        case .stopTask(let attempt, _), .killTask(let attempt, _): workers[worker].engine.remove(attempt)
        // Nothing pauses here, and these engines drop no checkpoints.
        case .suspendTask, .sendCheckpoint, .forgetCheckpoint, .checkStorage: break
        case .persistOutbox(let entry): workers[worker].disk[entry.attempt] = entry
        case .sendBlobs(let attempt, let artifacts):
            if network.isolated.contains(worker) || (!isHealed && random.chance(options.loss)) { return }
            agenda.add(
                .blobsArrive(artifacts.map(\.digest), attempt, worker: worker, generation: generation),
                at: after(.random(in: 10...1_000, using: &random)))
        case .forgetOutbox(let attempt):
            let isDone = store.task(attempt.task)?.outcome != .open
            let entry = workers[worker].disk.removeValue(forKey: attempt)
            if case .succeeded? = entry?.outcome {
                checker.require(isDone || options.isCancelling, "the only result of \(attempt) was thrown away")
            }
        case .wake(let at): agenda.add(.workerTick(worker: worker, generation: generation), at: max(at, now))
        case .exit(let reason): checker.require(false, "worker \(worker) exited: \(reason)")
        }
    }

    // MARK: - Sending

    private mutating func send(_ message: WorkerMessage, _ session: SessionID, from worker: Int) {
        guard let connection = workers[worker].connection else { return }
        let direction = Network.Direction(connection: connection, isToCoordinator: true)
        for (at, number) in network.arrivals(of: worker, direction, at: now, using: &random) {
            agenda.add(
                .toCoordinator(message, session, worker: worker, connection: connection, number: number), at: at)
        }
    }

    private mutating func send(_ message: CoordinatorMessage, _ session: SessionID, to route: Route) {
        guard let (worker, connection) = Simulation.peer(route), connections[connection] == worker else {
            if random.chance(50) { agenda.add(.unreachable(route), at: now) }
            return
        }
        let direction = Network.Direction(connection: connection, isToCoordinator: false)
        for (at, number) in network.arrivals(of: worker, direction, at: now, using: &random) {
            agenda.add(.toWorker(message, session, worker: worker, connection: connection, number: number), at: at)
        }
    }

    private func missing(for message: WorkerMessage) -> [Digest] {
        guard case .succeeded(_, let result) = message else { return [] }
        return result.artifacts.map(\.digest).filter { !blobs.contains($0) }
    }

    private static func route(_ worker: Int, _ connection: Int) -> Route {
        Route([UInt8(worker)] + (0..<4).map { UInt8(truncatingIfNeeded: connection >> (8 * $0)) })
    }

    private static func peer(_ route: Route) -> (worker: Int, connection: Int)? {
        guard route.bytes.count == 5 else { return nil }
        let connection = (0..<4).reduce(0) { $0 | Int(route.bytes[$1 + 1]) << (8 * $1) }
        return (Int(route.bytes[0]), connection)
    }

    private static func fileNumber(of attempt: TaskAttempt, on worker: Int) -> UInt64 {
        (attempt.task.job.number << 40) | (UInt64(attempt.task.index) << 20) | (UInt64(attempt.attempt) << 4)
            | UInt64(worker)
    }
}
