import FarmModel

/// What a template or the flags of `submit` ask of the farm, beside the pictures.
struct JobTerms: Equatable {
    /// Larger runs first.
    var priority: Int32?
    /// Who asks, for the fair share.
    var submitter: String?
    /// The job fails once so many tasks have failed.
    var failureLimit: UInt32?
    /// How many failures of a task are tried again: of its node, of itself and of its outputs each.
    var retries: UInt32?
    /// Memory of a task, gigabytes.
    var memory: Double?
    /// `cpu` or `gpu`.
    var device: Device?
    /// Words that a worker must have.
    var tags: [String]?
    /// Each task waits for the one before it.
    var chain: Bool?
    /// Seconds between checkpoints.
    var checkpointSeconds: Double?
    /// Seconds without an iteration after which an attempt fails.
    var stallSeconds: Double?
    /// Seconds that a task takes at least: one that ends sooner has bad outputs.
    var minimumSeconds: Double?
    /// Seconds after which an attempt fails.
    var maximumSeconds: Double?
    /// Seconds that a task takes, roughly.
    var expectedSeconds: Double?

    /// These terms, except where others say something.
    func overridden(by other: JobTerms) -> JobTerms {
        JobTerms(
            priority: other.priority ?? priority, submitter: other.submitter ?? submitter,
            failureLimit: other.failureLimit ?? failureLimit, retries: other.retries ?? retries,
            memory: other.memory ?? memory,
            device: other.device ?? device, tags: other.tags ?? tags, chain: other.chain ?? chain,
            checkpointSeconds: other.checkpointSeconds ?? checkpointSeconds,
            stallSeconds: other.stallSeconds ?? stallSeconds, minimumSeconds: other.minimumSeconds ?? minimumSeconds,
            maximumSeconds: other.maximumSeconds ?? maximumSeconds,
            expectedSeconds: other.expectedSeconds ?? expectedSeconds)
    }

    /// Writes the terms into a specification; the steps all get the same.
    func apply(to spec: inout JobSpec) {
        spec.priority = priority ?? spec.priority
        spec.submitter = submitter ?? spec.submitter
        spec.failureLimit = failureLimit ?? spec.failureLimit
        if let retries { spec.retries = RetryBudget(infrastructure: retries, task: retries, badOutput: retries) }
        for place in spec.steps.indices {
            spec.steps[place].isChain = chain ?? false
            spec.steps[place].requirements = Requirements(
                memoryBytes: Int64((memory ?? 0) * 1e9), device: device, tags: tags ?? [],
                expectedMilliseconds: expectedSeconds.map(JobTerms.milliseconds))
            spec.steps[place].checkpointMilliseconds = checkpointSeconds.map(JobTerms.milliseconds)
            spec.steps[place].stallMilliseconds = stallSeconds.map(JobTerms.milliseconds)
            spec.steps[place].minimumMilliseconds = minimumSeconds.map(JobTerms.milliseconds)
            spec.steps[place].maximumMilliseconds = maximumSeconds.map(JobTerms.milliseconds)
        }
    }

    /// Text that spells the terms that make another job of the same pictures.
    ///
    /// Priority and whoever asks can change and are left out; so are terms that nobody gave, so that keys of earlier
    /// templates stay what they were.
    var key: String {
        var parts: [String] = []
        func add(_ name: String, _ value: (some CustomStringConvertible)?) {
            if let value { parts.append("\(name) \(value)") }
        }
        add("failure_limit", failureLimit)
        add("retries", retries)
        add("memory", memory)
        add("device", device?.rawValue)
        add("tags", tags.map { $0.sorted().joined(separator: ",") })
        add("chain", chain)
        add("checkpoint", checkpointSeconds)
        add("stall", stallSeconds)
        add("minimum", minimumSeconds)
        add("maximum", maximumSeconds)
        add("expected", expectedSeconds)
        return parts.map { $0 + "\n" }.joined()
    }

    private static func milliseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1000).rounded()) }

    /// The largest number of seconds that can be asked for: ten years.
    static let longest = Double(FarmModel.Limits.milliseconds) / 1000
    /// The largest number of retries that can be asked for.
    static let mostRetries: UInt32 = 1_000
    /// The largest number of gigabytes that can be asked for.
    static let largestMemory = 1e6
}
