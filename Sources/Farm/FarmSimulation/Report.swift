/// What came of one simulated world.
public struct SimulationReport: Sendable, Hashable {
    /// The seed it was made from.
    public var seed: UInt64
    /// What was drawn from the seed, in one line.
    public var options: String
    /// What went wrong, one line each; empty if nothing did.
    public var violations: [String]
    /// Things that happened.
    public var events: Int
    /// Transactions.
    public var commits: Int
    /// Frames that were sent.
    public var frames: Int
    /// Results that were recorded.
    public var results: Int
    /// Processes that died or stood still.
    public var faults: Int
    /// Virtual time that passed, milliseconds.
    public var milliseconds: Int64
    /// The last things that happened; empty unless the run was traced.
    public var trace: [String]
}
