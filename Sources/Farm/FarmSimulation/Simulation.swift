internal import DequeModule
internal import FarmCoordinator
internal import FarmModel
internal import FarmWorker
internal import OrderedCollections

/// A farm in one process under virtual time: the real machines and the real codec, everything else made from a seed.
///
/// First anything may happen: frames are lost, doubled, overtaken and held back, processes die in the middle of what
/// they do, stand still or come up twice, disks fail, clocks run wrong, clients change their minds. Then the world
/// heals, and every job has to end within a bound, each task recorded exactly once.
///
/// ```swift
/// var simulation = Simulation(seed: 7)
/// let report = simulation.run()
/// ```
public struct Simulation: Sendable {
    /// What was drawn from the seed.
    public let options: SwarmOptions
    let seed: UInt64
    let plant: Plant?
    let configuration: Coordinator.Configuration

    var random: SplitMix64
    var now = Instant(milliseconds: 0)
    var agenda = Agenda()
    var network: Network
    var ledger = Ledger()
    var checkers = Checkers()

    var coordinator = CoordinatorHost()
    var workers: [WorkerHost] = []
    var clients: [ClientHost] = []

    /// Who opened each connection, by number.
    var connections: [WorkerID] = []
    var runs = 0
    var isHealed = false
    /// Whether the clients have no wish left.
    var hasSettled = false
    var events = 0
    var frames = 0
    var faults = 0
    /// The last lines of what happened; nil unless they are wanted.
    private var trace: [String]?
    /// Sessions whose READY is planted to be lost.
    var deafSessions: Set<SessionID> = []

    /// Makes a world.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - plant: A bug to put in.
    ///   - edition: What there is to happen.
    ///   - isTraced: Whether to remember the last events; slower.
    public init(
        seed: UInt64, plant: Plant? = nil, edition: SwarmOptions.Edition = .third, isTraced: Bool = false
    ) {
        self.seed = seed
        self.plant = plant
        trace = isTraced ? [] : nil
        random = SplitMix64(seed: seed)
        options = SwarmOptions(using: &random, edition: edition)
        network = Network(options.paths)
        configuration = Simulation.configuration(options)
        populate()
    }

    /// Timers in proportion to a world of seconds.
    private static func configuration(_ options: SwarmOptions) -> Coordinator.Configuration {
        var configuration = Coordinator.Configuration(
            heartbeatMilliseconds: 1_000, minimumLostMilliseconds: 3_000, leaseMilliseconds: 5_000,
            marginMilliseconds: 1_000, offerAnswerMilliseconds: 1_500, busyDelayMilliseconds: 500,
            retries: options.isPatient
                ? .init(infrastructure: nil, busy: nil, task: nil, badOutput: nil, configuration: nil)
                : .init())
        if options.isPatient { configuration.crashLimit = .max }
        configuration.forgiveMilliseconds = 8_000
        configuration.restMilliseconds = 200
        configuration.maximumRestMilliseconds = 1_500
        configuration.stopPatienceMilliseconds = 4_000
        configuration.chainPatienceMilliseconds = 1_000
        configuration.backupMilliseconds = options.hasBackups ? 1_500 : nil
        configuration.minimumLifetimeMilliseconds = 500
        return configuration
    }

    private mutating func populate() {
        for number in 0..<options.workers {
            workers.append(
                WorkerHost(
                    number: number, name: .simulated("worker-\(number)"),
                    capabilities: options.capabilities(of: number),
                    clock: drawClock()))
            agenda.add(.workerStarts(number), at: after(random.within(0...1_000)))
        }
        for number in 0..<options.clients.count {
            let jobs = options.jobs.enumerated().filter { $0.offset % options.clients.count == number }
            let wishes = jobs.map {
                (spec: JobSpec.simulated($1, named: "job-\($0)", options.terms), key: Digest.simulated(UInt64($0) + 1))
            }
            clients.append(ClientHost(number: number, jobs: wishes, commands: options.clients.commands))
            agenda.add(.clientActs(number), at: after(random.within(0...500)))
        }
        agenda.add(.coordinatorStarts, at: now)
        for fault in Fault.allCases {
            if let interval = options.faults[fault] { agenda.add(.fault(fault), at: after(random.around(interval))) }
        }
        agenda.add(.audit, at: after(SimulationLimits.auditMilliseconds))
        agenda.add(.healing, at: after(options.chaos))
    }

    /// Hosts that tasks can be expected to be given to, by the workers' names.
    ///
    /// One that names its end is left alone near it, and when that is nobody else can say.
    var lastingHosts: [WorkerID: Capabilities] {
        let lasting = workers.filter { !$0.namesItsEnd }
        return Dictionary(lasting.map { ($0.name, $0.capabilities) }, uniquingKeysWith: { first, _ in first })
    }

    func after(_ milliseconds: Int64) -> Instant { now.advanced(byMilliseconds: milliseconds) }

    mutating func drawClock() -> DriftingClock {
        let drift = options.drift == 0 ? 0 : random.within(-options.drift...options.drift)
        return DriftingClock(origin: random.within(0...1_000_000), drift: drift)
    }

    // MARK: - Running

    /// Runs to the end; what came of it.
    public mutating func run() -> SimulationReport {
        let limit = after(options.chaos + SimulationLimits.convergenceMilliseconds)
        while checkers.violations.isEmpty {
            guard let (at, happening) = agenda.next() else {
                checkers.report("nothing is left to happen, but not all has ended")
                break
            }
            now = at
            events += 1
            happen(happening)
            if isHealed, isAtRest {
                checkTheEnd()
                break
            }
            if now > limit {
                checkers.report("not at rest \(now.milliseconds - options.chaos) ms after the healing: \(unrest)")
            }
            checkBounds()
        }
        return SimulationReport(
            seed: seed, options: options.description, violations: checkers.violations, events: events,
            commits: ledger.commits, frames: frames, results: ledger.successes, faults: faults,
            milliseconds: now.milliseconds, trace: trace ?? [])
    }

    private mutating func checkBounds() {
        checkers.require(agenda.count <= SimulationLimits.agenda, "\(agenda.count) things are to come at one time")
        checkers.require(
            coordinator.inbox.count <= SimulationLimits.inbox, "\(coordinator.inbox.count) events wait for the disk")
        checkers.require(events <= SimulationLimits.events, "\(events) events and no end")
    }

    /// Remembers a line if somebody wants to read it.
    mutating func note(_ line: @autoclosure () -> String) {
        guard trace != nil else { return }
        let time = String(now.milliseconds)
        trace?.append(String(repeating: " ", count: max(0, 7 - time.count)) + time + "  " + line())
        if let count = trace?.count, count > SimulationLimits.shownEvents { trace?.removeFirst() }
    }

    // MARK: - Happenings

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .arrival(let packet): arrive(packet)
        case .unreachable(let route, let life):
            if life == coordinator.life { tellCoordinator(.event(.unreachable(route))) }
        case .coordinatorStarts: startCoordinator()
        case .coordinatorWakes(let life): wakeCoordinator(life)
        case .commitEnds(let life): if life == coordinator.life { endCommit() }
        case .workerStarts(let worker): startWorker(worker)
        case .workerWakes(let worker, let life): wakeWorker(worker, life)
        case .workerThaws(let worker, let life): if life == workers[worker].life { thaw(worker) }
        case .engineSteps(let step, let worker, let life): if life == workers[worker].life { advance(step, on: worker) }
        case .blobsStored(let digests, let attempt, let worker, let life): store(digests, attempt, worker, life)
        case .checkpointStored(let checkpoint, let attempt, let worker, let life):
            store(checkpoint, attempt, worker, life)
        case .outboxKept(let attempt, let worker, let life): if life == workers[worker].life { keep(attempt, worker) }
        case .storageChecked(let worker, let life):
            guard life == workers[worker].life else { return }
            let isBroken = !isHealed && random.chance(300)
            tell(worker, .storageChecked(error: isBroken ? "no space left" : nil))
        case .nodeEnds(let worker, let life):
            if life == workers[worker].life { crash(worker, "its node ends") }
        case .clientActs(let client): act(client)
        case .fault(let fault): if !isHealed { strike(fault) }
        case .pathClears(let worker, let isToCoordinator):
            network.clear(Network.Path(worker: worker, isToCoordinator: isToCoordinator))
        case .audit:
            checkers.audit(ledger, lastingHosts, slots: options.slots, at: now)
            agenda.add(.audit, at: after(SimulationLimits.auditMilliseconds))
        case .healing: heal()
        }
    }
}

extension WorkerID {
    /// A name that is one for certain.
    static func simulated(_ name: String) -> WorkerID {
        guard let id = WorkerID(name) else { preconditionFailure("\(name) is no name of a worker") }
        return id
    }
}
