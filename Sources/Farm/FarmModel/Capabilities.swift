/// What a task is computed on.
public enum Device: String, Hashable, Sendable, CaseIterable {
    /// The processor.
    case cpu
    /// A graphics card.
    case gpu
}

/// What a worker's host has to offer.
public struct Capabilities: Hashable, Sendable {
    /// Main memory that attempts may use, all slots together, octets; 0 means unknown.
    public var memoryBytes: Int64
    /// Cores that attempts may use, all slots together.
    public var cores: UInt32
    /// What it computes on.
    public var device: Device
    /// Words that steps may ask for, such as a pool's name; sorted, without repetitions.
    public var tags: [String]

    /// Makes a description; tags are sorted.
    public init(memoryBytes: Int64 = 0, cores: UInt32 = 1, device: Device = .cpu, tags: [String] = []) {
        self.memoryBytes = memoryBytes
        self.cores = cores
        self.device = device
        self.tags = Set(tags).sorted()
    }
}

/// What a step asks of the worker that executes one of its tasks.
public struct Requirements: Hashable, Sendable {
    /// Memory of one attempt, octets; 0 asks for none.
    ///
    /// A worker's memory is divided by its slots before it is compared.
    public var memoryBytes: Int64
    /// What it must be computed on; nil for either.
    public var device: Device?
    /// Words that the worker must have, all of them; sorted, without repetitions.
    public var tags: [String]
    /// How long a task takes, roughly, milliseconds.
    ///
    /// A worker whose node ends before that is not given the task. nil if unknown.
    public var expectedMilliseconds: Int64?

    /// Makes requirements; tags are sorted.
    public init(
        memoryBytes: Int64 = 0, device: Device? = nil, tags: [String] = [], expectedMilliseconds: Int64? = nil
    ) {
        self.memoryBytes = memoryBytes
        self.device = device
        self.tags = Set(tags).sorted()
        self.expectedMilliseconds = expectedMilliseconds
    }

    /// Asks for nothing.
    public static let none = Requirements()

    /// Why a worker will never do, in the order of the fields; nil if it does.
    ///
    /// A worker that does not say how much memory it has meets no demand for memory.
    public func lacking(in capabilities: Capabilities, slots: UInt32) -> Lack? {
        let memory = capabilities.memoryBytes / Int64(max(1, slots))
        if memory < memoryBytes { return .memory(needed: memoryBytes, present: memory) }
        if let device, device != capabilities.device { return .device(device) }
        if let tag = tags.first(where: { !capabilities.tags.contains($0) }) { return .tag(tag) }
        return nil
    }

    /// What a worker has not.
    public enum Lack: Hashable, Sendable {
        /// Memory per slot, octets.
        case memory(needed: Int64, present: Int64)
        /// The device asked for.
        case device(Device)
        /// A word asked for.
        case tag(String)
    }
}
