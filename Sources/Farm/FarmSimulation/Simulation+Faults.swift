internal import FarmCoordinator
internal import FarmModel
internal import FarmWorker
internal import OrderedCollections

// What breaks, and how it is made good.
extension Simulation {
    mutating func strike(_ fault: Fault) {
        if let interval = options.faults[fault] { agenda.add(.fault(fault), at: after(random.around(interval))) }
        let worker = random.index(below: workers.count)
        switch fault {
        case .workerCrash: crash(worker, "killed")
        case .workerFreeze: freeze(worker)
        case .workerClone: clone(worker)
        case .workerDrain:
            guard workers[worker].machine != nil else { return }
            note("worker \(worker) is to leave")
            workers[worker].isDraining = true
            let mode = DrainMode.allCases[random.index(below: 4)]
            let limit = random.chance(300) ? random.within(0...5_000) : nil
            tell(worker, .drain(mode, reason: "asked to stop", withinMilliseconds: limit))
        case .coordinatorCrash: crashCoordinator("killed")
        case .partition, .clog: obstruct(worker, isCut: fault == .partition)
        case .disconnection:
            guard workers[worker].connection != nil else { return }
            note("the connection of worker \(worker) breaks")
            close(worker)
            tell(worker, .disconnected(reason: "simulated"))
        case .checkpointLoss: loseCheckpoint()
        case .outputLoss: loseOutput(of: worker)
        }
    }

    /// A recorded checkpoint is gone from the disk; now and then somebody notices before a task goes on from it.
    private mutating func loseCheckpoint() {
        let known = ledger.jobs.flatMap { id, job in
            job.tasks.sorted { $0.key < $1.key }.flatMap { index, task in
                task.checkpoints.map { (task: TaskID(job: id, index: index), digest: $0.digest) }
            }
        }
        guard !known.isEmpty else { return }
        let lost = known[random.index(below: known.count)]
        guard coordinator.blobs.remove(lost.digest) != nil else { return }
        note("a checkpoint of \(lost.task) is lost")
        faults += 1
        if random.chance(500) { tellCoordinator(.event(.checkpointLost(lost.task, lost.digest))) }
    }

    /// A worker finds that a file of a result that it owes is gone.
    private mutating func loseOutput(of worker: Int) {
        let owed = workers[worker].disk.values.filter { if case .succeeded = $0.outcome { true } else { false } }
        guard workers[worker].machine != nil, !owed.isEmpty else { return }
        let attempt = owed[random.index(below: owed.count)].attempt
        note("worker \(worker) has lost a file of \(attempt)")
        faults += 1
        checkers.lostOutput(of: attempt, on: worker)
        tell(worker, .outputLost(attempt, reason: "it is gone"))
    }

    private mutating func freeze(_ worker: Int) {
        guard workers[worker].machine != nil, workers[worker].backlog == nil else { return }
        note("worker \(worker) stands still")
        faults += 1
        workers[worker].backlog = []
        agenda.add(.workerThaws(worker, life: workers[worker].life), at: after(random.around(options.repair)))
    }

    private mutating func clone(_ worker: Int) {
        guard workers.count(where: \.isClone) < SimulationLimits.clones else { return }
        let number = workers.count
        workers.append(
            WorkerHost(
                number: number, name: workers[worker].name, isClone: true,
                capabilities: workers[worker].capabilities,
                clock: drawClock()))
        faults += 1
        startWorker(number)
    }

    private mutating func obstruct(_ worker: Int, isCut: Bool) {
        let ways = random.chance(500) ? [true, false] : [random.chance(500)]
        let end = after(random.around(options.repair))
        note("worker \(worker) is \(isCut ? "cut off" : "held back") \(ways.count == 2 ? "both ways" : "one way")")
        for isToCoordinator in ways {
            let path = Network.Path(worker: worker, isToCoordinator: isToCoordinator)
            if isCut { network.cut.insert(path) } else { network.clog(path, until: end) }
            agenda.add(.pathClears(worker: worker, isToCoordinator: isToCoordinator), at: end)
        }
    }

    /// From here on nothing breaks: paths are clear, what stands still goes on, doubles and some workers are gone.
    mutating func heal() {
        note("the world heals")
        isHealed = true
        network.heal()
        // A core stays: at least one host, and one that can execute everything.
        let core = options.terms.demand > 0 || options.terms.hardware > 0 ? 0 : random.index(below: options.workers)
        for worker in workers.indices {
            let isGone = workers[worker].isClone || (worker != core && random.chance(300))
            if isGone {
                crash(worker, "gone for good")
                workers[worker].isGone = true
                workers[worker].disk = [:]
            } else if workers[worker].backlog != nil {
                thaw(worker)
            }
        }
    }
}
