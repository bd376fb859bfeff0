/// What came of many no-op tasks.
struct WorkFigures: Encodable {
    /// How many.
    let tasks: Int
    /// Seconds from SUBMIT to SUBMITTED of the job that holds them all.
    let submitSeconds: Double
    /// Seconds from SUBMIT to the last RESULT-OK.
    let seconds: Double
    /// Results recorded in a second.
    var recordedPerSecond: Double { Double(tasks) / seconds }
    /// Tasks submitted in a second.
    var submittedPerSecond: Double { Double(tasks) / submitSeconds }
    /// Processor seconds of the coordinator meanwhile.
    let coordinatorCPUSeconds: Double
    /// Processor seconds of the workers, the client and the probe meanwhile.
    let benchCPUSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case tasks, seconds, submitSeconds, recordedPerSecond, submittedPerSecond
        case coordinatorCPUSeconds = "coordinator_cpu_seconds"
        case benchCPUSeconds = "bench_cpu_seconds"
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(tasks, forKey: .tasks)
        try box.encode(seconds, forKey: .seconds)
        try box.encode(submitSeconds, forKey: .submitSeconds)
        try box.encode(recordedPerSecond, forKey: .recordedPerSecond)
        try box.encode(submittedPerSecond, forKey: .submittedPerSecond)
        try box.encode(coordinatorCPUSeconds, forKey: .coordinatorCPUSeconds)
        try box.encode(benchCPUSeconds, forKey: .benchCPUSeconds)
    }
}

/// From PING to PONG, under different loads.
struct ControlFigures: Encodable {
    var idle: Latencies?
    var underTasks: Latencies?
    var underBlobs: Latencies?
}

/// What blobs reach, octets a second: the middle one of several rounds.
struct BlobFigures: Encodable {
    let bytes: Int64
    let rounds: Int
    /// Two bare CURVE sockets.
    let barePerSecond: Double
    /// A file on the disk of the coordinator's state, until it is durable.
    let diskPerSecond: Double
    /// To the coordinator, until its digest is checked and it is durable.
    let putPerSecond: Double
    /// From the coordinator, which reads it from the disk.
    let getPerSecond: Double
    /// The second time, while the system finds memory to keep it.
    let getSecondPerSecond: Double
    /// From then on, from memory.
    let getAgainPerSecond: Double
    /// What part of bare sockets the way in reached: the middle one of the parts of each round.
    let putOfBare: Double
    /// The same of the way out from the disk.
    let getOfBare: Double
    /// The same of the second time.
    let getSecondOfBare: Double
    /// The same of the way out from memory.
    let getAgainOfBare: Double
}

/// What workers cost that only say that they live.
struct IdleFigures: Encodable {
    let workers: Int
    let seconds: Double
    /// Part of one core that the coordinator uses.
    let coreFraction: Double
    /// Octets of the coordinator that are resident.
    let residentBytes: Int64
}

/// Octets of the coordinator that are resident.
struct MemoryFigures: Encodable {
    var startBytes: Int64 = 0
    var afterTasksBytes: Int64 = 0
    var afterBlobsBytes: Int64 = 0
    var peakBytes: Int64 = 0
    /// What a coordinator of so many workers and tasks may have at most.
    var budgetBytes: Int64 = 0
    /// Whether it kept within.
    var isWithinBudget: Bool { peakBytes <= budgetBytes }

    private enum CodingKeys: String, CodingKey {
        case startBytes, afterTasksBytes, afterBlobsBytes, peakBytes, budgetBytes
        case isWithinBudget = "within_budget"
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(startBytes, forKey: .startBytes)
        try box.encode(afterTasksBytes, forKey: .afterTasksBytes)
        try box.encode(afterBlobsBytes, forKey: .afterBlobsBytes)
        try box.encode(peakBytes, forKey: .peakBytes)
        try box.encode(budgetBytes, forKey: .budgetBytes)
        try box.encode(isWithinBudget, forKey: .isWithinBudget)
    }
}
