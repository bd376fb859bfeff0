/// Bounds of a chaos run, in one place.
enum Limits {
    /// Jobs that have not ended at once; the next is ordered when one ends.
    static let openJobs = 5
    /// Jobs of a run.
    static let jobs = 4_000
    /// How long a client waits for one answer.
    static let patience: Duration = .seconds(3)
    /// Seconds in which a healed farm has to end what is open, beside two for each open task.
    static let healSeconds = 150.0
    /// Seconds that a process may take to end after SIGTERM.
    static let terminationSeconds = 45.0
    /// Rounds of queueing failed tasks again before they count as lost.
    static let retryRounds = 8
    /// Seconds that an armed fail point may wait before the process is killed anyway.
    static let failPointSeconds = 8.0
    /// Octets of the volume of the coordinator's state and outputs.
    static let farmVolume = 1_280 << 20
    /// Octets of the volume of one worker's state.
    static let workerVolume = 64 << 20
    /// Octets that wait in one direction of a proxied connection.
    static let pipeBytes = 1 << 20
    /// Growth of the coordinator's own memory over a run, MiB.
    static let memoryGrowth = 48.0
    /// Growth of the coordinator's open descriptors over a run.
    static let descriptorGrowth = 24.0
}
