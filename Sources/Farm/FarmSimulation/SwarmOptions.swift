import FarmModel

/// How unkind one simulated world is; everything is drawn from its seed.
///
/// A swarm: every kind of fault is switched off in many worlds, so that each also shows in clear weather, where it is
/// not drowned by the others. Chances are in a thousand, durations in milliseconds.
public struct SwarmOptions: Sendable, Hashable, CustomStringConvertible {
    /// The network.
    struct Paths: Hashable, Sendable {
        /// Least delay of a frame, and the mean of what is added.
        var least: Int64
        var mean: Int64
        /// Chance that a frame is lost, comes twice, or is overtaken by later ones.
        var loss: Int
        var duplication: Int
        var reorder: Int
        /// Whether the receiver drops repeated and overtaken frames by their number, as the real connection does.
        var isSequenced: Bool
        /// Whether a peer's socket keeps its frames while the coordinator is away.
        var isKeeping: Bool
    }

    /// The coordinator's host.
    struct Disk: Hashable, Sendable {
        /// Mean time of a commit; 0 is at once.
        var commit: Int64
        /// Chance that a commit fails, as on a full disk: the coordinator ends.
        var failure: Int
        /// Chance that the process dies with a batch: before its commit, after it, or between any two effects.
        var death: Int
        /// Events of one batch.
        var batch: Int
    }

    /// What engines do.
    struct Engines: Hashable, Sendable {
        /// Mean time of one iteration, and the number of them.
        var iteration: Int64
        var iterations: UInt32
        /// Chance that an attempt fails by itself, with its engine, or hangs until the supervisor kills the engine.
        var failure: Int
        var crash: Int
        var hang: Int
        /// Chance that a result breaks a rule, and that two runs of one task differ.
        var corruption: Int
        var difference: Int
    }

    /// What clients do besides submitting.
    struct Clients: Hashable, Sendable {
        /// How many there are.
        var count: Int
        /// Mean time between two words of one client.
        var interval: Int64
        /// Chance that a client says the same again although it was answered.
        var repetition: Int
        /// Commands in all.
        var commands: Int
        /// Whether cancelled and failed tasks are wanted after all in the end.
        var retriesAtTheEnd: Bool
    }

    /// What steps ask for.
    struct Terms: Hashable, Sendable {
        /// Chance that the tasks of a step form a chain, that a step names what has to be loaded, and that it asks
        /// for a word that not every worker has.
        var chain: Int
        var affinity: Int
        var demand: Int
        /// How long an attempt may go without an iteration, and in all; nil for ever.
        var stall: Int64?
        var maximum: Int64?
        /// Failed tasks that end a job; nil lets all others end.
        var failureLimit: UInt32?
        /// Decides which steps it is.
        var seed: UInt64
        /// Chance that a step asks for memory or a graphics card.
        var hardware = 0
    }

    /// What there is to happen: seeds of an earlier edition stay the worlds that they were.
    public enum Edition: Int, Sendable {
        /// Without nodes that end, demands for hardware, and files that vanish where they were stored.
        case first = 1
        /// Without disks that hang.
        case second
        /// Everything.
        case third
    }

    /// Worker processes, and slots of each.
    var workers: Int
    var slots: UInt32
    /// Tasks of each step of each job.
    var jobs: [[Int]]
    var terms: Terms
    /// Whether stragglers are given a second attempt.
    var hasBackups: Bool
    var paths: Paths
    var disk: Disk
    var engines: Engines
    var clients: Clients
    /// Mean time between faults of a kind; kinds that are not listed do not occur.
    var faults: [Fault: Int64]
    /// How long something stays broken, mean.
    var repair: Int64
    /// Chance that files vanish on the way, and that an entry of an outbox does not reach the disk.
    var vanishingBlobs: Int
    var outboxFailure: Int
    /// Chance that a worker comes back under a new name and with an empty disk.
    var renaming: Int
    /// Greatest deviation of a worker's clock, parts per million.
    var drift: Int64
    /// Whether tasks are tried without end; else by the coordinator's own budgets.
    var isPatient: Bool
    /// How long faults go on.
    var chaos: Int64
    /// Chance that a node names its end when it starts, and keeps to it.
    var lifetimes = 0
    /// Chance that a worker's disk hangs over something for longer than the worker's patience.
    var hangingDisk = 0
    /// What there is to happen.
    var edition: Edition

    init(using random: inout SplitMix64, edition: Edition = .third) {
        self.edition = edition
        /// A chance up to a bound, in half of all worlds.
        func sometimes(_ most: Int64) -> Int { random.chance(500) ? Int(random.within(1...most)) : 0 }

        workers = Int(random.within(1...4))
        slots = UInt32(random.within(1...3))
        jobs = (0..<random.within(1...3)).map { _ in
            (0..<random.within(1...3)).map { _ in Int(random.within(1...5)) }
        }
        terms = Terms(
            chain: sometimes(500), affinity: sometimes(800), demand: sometimes(400),
            stall: random.chance(300) ? random.within(2_000...4_000) : nil,
            maximum: random.chance(200) ? random.within(8_000...12_000) : nil,
            failureLimit: random.chance(200) ? UInt32(random.within(1...4)) : nil, seed: random.next())
        hasBackups = random.chance(500)
        paths = Paths(
            least: random.within(0...20), mean: random.within(1...150), loss: sometimes(150),
            duplication: sometimes(150), reorder: sometimes(150), isSequenced: random.chance(500),
            isKeeping: random.chance(500))
        disk = Disk(
            commit: random.chance(500) ? random.within(1...120) : 0, failure: sometimes(20), death: sometimes(20),
            batch: Int(random.within(1...16)))
        engines = Engines(
            iteration: random.within(30...800), iterations: UInt32(random.within(1...4)), failure: sometimes(200),
            crash: sometimes(200), hang: sometimes(100), corruption: sometimes(100), difference: sometimes(500))
        clients = Clients(
            count: Int(random.within(1...2)), interval: random.within(200...2_000), repetition: sometimes(300),
            commands: random.chance(500) ? Int(random.within(1...8)) : 0, retriesAtTheEnd: random.chance(600))
        faults = [:]
        for fault in Fault.ofTheFirstEdition where random.chance(450) { faults[fault] = random.within(1_500...12_000) }
        repair = random.within(200...5_000)
        vanishingBlobs = sometimes(200)
        outboxFailure = sometimes(50)
        renaming = sometimes(500)
        drift = random.chance(300) ? 0 : random.chance(600) ? 200 : 20_000
        isPatient = random.chance(700)
        chaos = random.within(3_000...15_000)
        if edition > .first { drawSecondEdition() }
        if edition > .second { drawThirdEdition() }
    }

    /// What came later is drawn beside the rest, so that the rest stays what it was.
    private mutating func drawSecondEdition() {
        var random = SplitMix64(seed: ~terms.seed)
        if random.chance(400) { terms.hardware = Int(random.within(1...500)) }
        if random.chance(400) { lifetimes = Int(random.within(1...700)) }
        for fault in Fault.ofTheSecondEdition where random.chance(400) {
            faults[fault] = random.within(1_000...8_000)
        }
    }

    private mutating func drawThirdEdition() {
        var random = SplitMix64(seed: ~terms.seed &+ 1)
        if random.chance(400) { hangingDisk = Int(random.within(1...200)) }
    }

    /// What a worker's host has: the first has everything, so that every task can be executed somewhere.
    func capabilities(of worker: Int) -> Capabilities {
        let tags = worker == 0 ? ["large", "near"] : worker == 1 ? ["near"] : []
        guard edition > .first else { return Capabilities(tags: tags) }
        return Capabilities(
            memoryBytes: Int64(slots) * [100, 50][min(worker, 1)], device: worker == 0 ? .gpu : .cpu, tags: tags)
    }

    /// One line with everything that was drawn.
    public var description: String {
        let kinds = Fault.allCases.compactMap { fault in faults[fault].map { "\(fault.rawValue) every \($0)" } }
        return """
            \(workers) workers of \(slots) slots, jobs \(jobs), chaos \(chaos), delay \(paths.least)+\(paths.mean), \
            loss \(paths.loss), twice \(paths.duplication), reorder \(paths.reorder), sequenced \(paths.isSequenced), \
            commit \(disk.commit), commit failure \(disk.failure), death \(disk.death), batch \(disk.batch), \
            iterations \(engines.iterations) of \(engines.iteration), failure \(engines.failure), crash \
            \(engines.crash), hang \(engines.hang), corruption \(engines.corruption), difference \
            \(engines.difference), clients \(clients.count) every \(clients.interval), repetition \
            \(clients.repetition), commands \(clients.commands), retry \(clients.retriesAtTheEnd), repair \(repair), \
            vanishing blobs \(vanishingBlobs), outbox failure \(outboxFailure), renaming \(renaming), drift \(drift), \
            patient \(isPatient), chains \(terms.chain), affinity \(terms.affinity), demands \(terms.demand), \
            hardware \(terms.hardware), lifetimes \(lifetimes), hanging disks \(hangingDisk), edition \(edition.rawValue), \
            stall \(terms.stall ?? 0), maximum \(terms.maximum ?? 0), failure limit \(terms.failureLimit ?? 0), \
            backups \(hasBackups), \(kinds.isEmpty ? "no faults" : kinds.joined(separator: ", "))
            """
    }
}

extension SwarmOptions.Edition: Comparable {
    /// The earlier is less.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
