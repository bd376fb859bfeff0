/// How unkind one simulated world is; everything is drawn from its seed.
struct SimulationOptions: CustomStringConvertible {
    /// Worker processes.
    var workers: Int
    /// Slots of each worker.
    var slots: UInt32
    /// Tasks of each step of each job.
    var jobs: [[Int]]
    /// Mean delay of a message, milliseconds; the actual one lies between 1 and twice this.
    var delay: Int64
    /// Chance in percent that a message is lost, comes twice, or is overtaken by later ones.
    var loss: Int
    var duplication: Int
    var reorder: Int
    /// Whether the receiver drops repeated and overtaken messages by their number, as the real connection does.
    var isSequenced: Bool
    /// Mean time between faults, milliseconds.
    var faultInterval: Int64
    /// Chance in percent that an attempt fails, and that its files vanish on the way.
    var failure: Int
    var vanishingBlobs: Int
    /// Whether one job is cancelled and asked for again on the way.
    var isCancelling: Bool
    /// How long faults go on, milliseconds.
    var chaos: Int64

    init(using random: inout SplitMix64) {
        workers = Int.random(in: 2...4, using: &random)
        slots = UInt32.random(in: 1...3, using: &random)
        jobs = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...6, using: &random) }
        }
        delay = Int64.random(in: 1...200, using: &random)
        isSequenced = Bool.random(using: &random)
        loss = Int.random(in: 0...15, using: &random)
        duplication = Int.random(in: 0...15, using: &random)
        reorder = Int.random(in: 0...15, using: &random)
        faultInterval = Int64.random(in: 1_500...8_000, using: &random)
        failure = Int.random(in: 0...20, using: &random)
        vanishingBlobs = Int.random(in: 0...20, using: &random)
        isCancelling = Int.random(in: 0..<4, using: &random) == 0
        chaos = Int64.random(in: 5_000...20_000, using: &random)
    }

    var description: String {
        "\(workers)×\(slots) slots, jobs \(jobs), delay \(delay), loss \(loss) %, twice \(duplication) %, "
            + "reorder \(reorder) %, sequenced \(isSequenced), faults every \(faultInterval), failures \(failure) %, "
            + "vanishing \(vanishingBlobs) %, cancelling \(isCancelling), chaos \(chaos)"
    }
}

/// A small seeded generator (Steele, Lea and Flood 2014, SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with a chance in percent.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
