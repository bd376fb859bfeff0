public import FarmModel

/// What is measured of a farm, and how much of it.
public struct FarmBenchSetting: Sendable {
    /// The program whose `coordinator` command is measured.
    public var program: String
    /// Folder on whose disk the coordinator keeps its state; a folder of the run's own is made in it and removed.
    public var folder: String
    /// Workers that execute tasks.
    public var workers: Int
    /// Attempts each of them runs at once.
    public var slots: Int
    /// The no-op tasks that are recorded; none leaves that part out.
    public var steps: [StepSpec]
    /// Jobs of one task, submitted one after another to idle workers.
    public var rounds: Int
    /// Workers that only say that they live.
    public var idleWorkers: Int
    /// Seconds for which they are watched.
    public var idleSeconds: Double
    /// Octets of the blob that is sent in both directions; 0 leaves the blobs out.
    public var blobBytes: Int64
    /// Seconds for which blobs saturate the coordinator while its answers are timed.
    public var saturationSeconds: Double

    /// Makes a setting.
    public init(
        program: String, folder: String, workers: Int, slots: Int, steps: [StepSpec], rounds: Int, idleWorkers: Int,
        idleSeconds: Double, blobBytes: Int64, saturationSeconds: Double
    ) {
        self.program = program
        self.folder = folder
        self.workers = workers
        self.slots = slots
        self.steps = steps
        self.rounds = rounds
        self.idleWorkers = idleWorkers
        self.idleSeconds = idleSeconds
        self.blobBytes = blobBytes
        self.saturationSeconds = saturationSeconds
    }
}

/// Why a measurement could not be made, in one line.
public struct FarmBenchError: Error, CustomStringConvertible {
    /// The reason.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Bounds of the benchmark, in one place.
enum BenchLimits {
    /// Seconds in which a coordinator has to be up, and to end.
    static let startSeconds = 30.0
    /// Seconds without any progress after which a part is given up.
    static let patienceSeconds = 60.0
    /// Octets a second of the slowest disk or line on which a blob is waited for.
    static let slowestBytesPerSecond = 10e6
    /// Milliseconds between two looks at what is due without a message.
    static let tickMilliseconds: Int64 = 5
    /// Microseconds between two looks at another thread or process.
    static let pollMicroseconds: UInt32 = 1_000
    /// Milliseconds between two pings of the probe.
    static let probeMilliseconds: Int64 = 5
    /// The same while the workers are to be alone.
    static let restingMilliseconds: Int64 = 5000
    /// Jobs of one task that are under way at once where their rate is measured.
    static let jobsUnderWay = 32
    /// Descriptors and sockets beyond those of workers.
    static let spareDescriptors = 64
    /// Descriptors of one connection and its socket.
    static let descriptorsPerLine = 4
    /// Octets of the content that blobs repeat.
    static let patternBytes = 1 << 20
    /// Rounds of one large blob in both directions and of bare sockets; odd, so that one is in the middle.
    static let blobRounds = 3
    /// Octets of a blob of those that saturate the coordinator.
    static let stormBytes: Int64 = 64 << 20
    /// Streams of blobs in each direction while they saturate the coordinator.
    static let stormStreams = 2
}
