import FarmCoordinator
import FarmModel
import FarmWorker
import OrderedCollections

/// A farm in one process under virtual time: the real machines, everything else made from a seed.
///
/// First anything may happen: messages are lost, doubled and overtaken, processes die in the middle of what they do,
/// hosts are cut off. Then the world heals, and every task has to end recorded exactly once.
struct Simulation {
    /// What can happen.
    enum Happening {
        case toCoordinator(WorkerMessage, SessionID, worker: Int, connection: Int, number: Int)
        case toWorker(CoordinatorMessage, SessionID, worker: Int, connection: Int, number: Int)
        case unreachable(Route)
        case coordinatorTick(generation: Int)
        case workerTick(worker: Int, generation: Int)
        case engineEnds(TaskAttempt, worker: Int, generation: Int)
        case blobsArrive([Digest], TaskAttempt, worker: Int, generation: Int)
        case clientAsks
        case fault
        case workerStarts(Int)
        case coordinatorStarts
        case isolationEnds(Int)
        case heal
    }

    let options: SimulationOptions
    var random: SplitMix64
    var now = Instant(milliseconds: 0)
    var agenda = Agenda<Happening>()
    var network: Network
    var checker = Checker()

    /// The running coordinator; nil while there is none.
    var coordinator: Coordinator?
    var coordinatorGeneration = 0
    var store = MemoryStore()
    /// Files that the coordinator's host has.
    var blobs: Set<Digest> = []

    var workers: [SimulatedWorker]
    /// Connections that are open, and whose they are.
    var connections: [Int: Int] = [:]
    var connectionCount = 0

    var specs: [JobID: JobSpec] = [:]
    var submitted: Set<Int> = []
    var cancellations = 0
    var isHealed = false
    var events = 0

    static let configuration = Coordinator.Configuration(
        heartbeatMilliseconds: 500, minimumLostMilliseconds: 2_000, leaseMilliseconds: 4_000,
        marginMilliseconds: 1_000, offerAnswerMilliseconds: 1_500, busyDelayMilliseconds: 500,
        // Bad luck is not to end a task here: every one has to be recorded.
        retries: .init(infrastructure: nil, busy: nil, task: nil, badOutput: nil, configuration: nil))

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        options = SimulationOptions(using: &random)
        network = Network(options: options)
        workers = (0..<options.workers).map { SimulatedWorker(number: $0) }
        agenda.add(.coordinatorStarts, at: now)
        for worker in workers.indices {
            agenda.add(.workerStarts(worker), at: after(.random(in: 0...500, using: &random)))
        }
        agenda.add(.clientAsks, at: after(100))
        agenda.add(.fault, at: after(options.faultInterval))
        agenda.add(.heal, at: after(options.chaos))
    }

    /// Runs to the end; what went wrong.
    mutating func run() -> [String] {
        let limit = after(options.chaos + 120_000)
        while checker.violations.isEmpty, store.contradictions.isEmpty, let (at, happening) = agenda.next() {
            now = at
            events += 1
            happen(happening)
            if isHealed, isAtRest { return verdict }
            if now > limit { return verdict + ["not at rest \(now.milliseconds - options.chaos) ms after the healing"] }
        }
        return verdict + ["nothing is left to happen"]
    }

    func after(_ milliseconds: Int64) -> Instant { now.advanced(byMilliseconds: milliseconds) }

    // MARK: - The end

    /// Whether all jobs have ended and nobody owes anything.
    private var isAtRest: Bool {
        guard submitted.count == options.jobs.count, let coordinator else { return false }
        return coordinator.status(of: nil).allSatisfy(\.isEnded)
            && workers.allSatisfy { $0.engine.isEmpty && $0.disk.isEmpty }
    }

    /// What is wrong with the world as it is.
    private var verdict: [String] {
        var checker = checker
        for contradiction in store.contradictions { checker.require(false, contradiction) }
        let expected = specs.values.reduce(0) { $0 + $1.taskCount }
        let recorded = store.records.compactMap { record -> TaskID? in
            if case .taskSucceeded(let lease, _, _) = record { lease.attempt.task } else { nil }
        }
        checker.require(recorded.count == expected, "\(recorded.count) results were recorded for \(expected) tasks")
        checker.require(Set(recorded).count == recorded.count, "a task was recorded twice")
        if let coordinator {
            let rebuilt = Coordinator(
                configuration: Simulation.configuration, recovering: store.snapshot, at: now)
            rebuilt.checkInvariants()
            let remembered = coordinator.status(of: nil)
            checker.require(
                rebuilt.status(of: nil) == remembered, "the store says \(rebuilt.status(of: nil)), not \(remembered)")
        }
        return checker.violations
    }
}
