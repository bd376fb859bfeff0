public import FarmKeys
public import FarmModel
import FarmTransport
import FarmWorker
import Foundation
public import Logging
public import ServiceLifecycle
import TensorCPU

/// The worker daemon: one machine, one socket thread, one engine child process per slot.
public final class WorkerService: Service {
    /// How a worker is set up.
    public struct Configuration: Sendable {
        /// Control endpoint of the coordinator, such as `tcp://farm:7401`.
        public var endpoint: String
        /// This worker's keys and the coordinator's.
        public var access: AccessFile
        /// Where they lie: a new key of the coordinator is kept there.
        public var accessFile: String?
        /// Lasting name.
        public var worker: WorkerID
        /// Name of the host, for people.
        public var host: String
        /// Folder for undelivered results and scratch.
        public var stateFolder: String
        /// Tasks at once.
        public var slots: Int
        /// Threads of each engine.
        public var threads: Int
        /// Octets of memory that each engine may take; nil for what the machine has free.
        public var engineMemory: Int?
        /// Path of the `atelier` executable, for starting engines.
        public var executable: String
        /// Folder of the installed models, which tasks find by digest.
        public var modelsFolder: String
        /// Octets of models and pictures that are kept for further tasks.
        public var cacheBytes: Int64
        /// What the host has.
        public var capabilities = Capabilities()
        /// How long the node still lives; nil if no end is known.
        public var lifetime: Duration?
        /// How long an engine may say nothing between two steps before it counts as hung.
        public var enginePatience: Duration = .seconds(120)

        /// From one checkpoint to the next where a task does not say; nil leaves it to the engine.
        public var checkpointInterval: Duration?

        /// How long the disk may take for one thing that a task waits for before the task goes to another worker.
        public var diskPatience: Duration = .seconds(600)
        /// How long the end may wait for the disk.
        public var stopPatience: Duration = .seconds(10)

        /// Makes a configuration.
        public init(
            endpoint: String, access: AccessFile, worker: WorkerID, host: String, stateFolder: String, slots: Int,
            threads: Int, executable: String, modelsFolder: String, cacheBytes: Int64 = 64 << 30,
            engineMemory: Int? = nil
        ) {
            self.engineMemory = engineMemory
            self.modelsFolder = modelsFolder
            self.cacheBytes = cacheBytes
            self.endpoint = endpoint
            self.access = access
            self.worker = worker
            self.host = host
            self.stateFolder = stateFolder
            self.slots = slots
            self.threads = threads
            self.executable = executable
        }

        /// The same for the machine; every process start is a new instance.
        var machine: WorkerMachine.Configuration {
            var machine = WorkerMachine.Configuration(
                worker: worker, instance: WorkerInstance(high: .random(in: 1 ... .max), low: .random(in: 0 ... .max)),
                host: host, slots: UInt32(slots), backend: CPUBackend(threads: 1).name, engine: Version.current,
                capabilities: capabilities, lifetimeMilliseconds: lifetime.map { Int64($0 / .milliseconds(1)) })
            machine.diskPatienceMilliseconds = Int64(diskPatience / .milliseconds(1))
            return machine
        }
    }

    /// How a worker is to leave.
    public struct Leaving: Sendable {
        /// What becomes of the tasks that run.
        public var mode: DrainMode
        /// Why, for people.
        public var reason: String
        /// Within what time; nil for as long as the mode takes.
        public var limit: Duration?

        /// Makes a wish.
        public init(_ mode: DrainMode, reason: String, within limit: Duration? = nil) {
            self.mode = mode
            self.reason = reason
            self.limit = limit
        }

        var limitMilliseconds: Int64? { limit.map { Int64($0 / .milliseconds(1)) } }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let wishes = AsyncStream.makeStream(of: Leaving.self)

    /// Makes a worker; nothing is opened before `run()`.
    ///
    /// - Throws: a one-line error if this processor lacks what the kernels need.
    public init(configuration: Configuration, logger: Logger) throws {
        let missing = CPUBackend.missingCPUFeatures()
        guard missing.isEmpty else { throw UnsupportedProcessor(missing: missing) }
        self.configuration = configuration
        self.logger = logger
    }

    /// Lets it leave, from any thread; a later wish can only make that sooner or harsher.
    public func leave(_ leaving: Leaving) { wishes.continuation.yield(leaving) }

    /// Runs until it has left as it was told, or finished what runs after a graceful shutdown.
    ///
    /// Throws a one-line error if its folders cannot be used, or if the coordinator refuses it for good.
    public func run() async throws {
        let context = try ZMQContext()
        let network = try SocketLoop(name: "atelier-net")
        let blobThread = try SocketLoop(name: "atelier-blob")
        let shell = try WorkerShell(
            configuration: configuration, logger: logger, network: network, blobThread: blobThread, context: context)
        let (leave, stream) = (shell.leave, wishes.stream)
        let forwarding = Task { for await leaving in stream { leave(leaving) } }
        let end = await withGracefulShutdownHandler {
            await shell.run()
        } onGracefulShutdown: {
            leave(Leaving(.eventual, reason: "the worker was asked to stop"))
        }
        forwarding.cancel()
        // A thread that waits for the disk cannot be waited for; it ends with the process.
        if end.isClean {
            await network.stop()
            await blobThread.stop()
            context.terminate()
        }
        if let left = end.left { throw left }
    }
}

/// This processor cannot run the kernels.
public struct UnsupportedProcessor: Error, CustomStringConvertible {
    /// Features that are missing, such as `avx2`.
    public let missing: [String]

    /// One line for people.
    public var description: String {
        "this processor lacks \(missing.joined(separator: ", ")); Atelier's kernels need x86-64-v3 (Haswell, Zen or newer)"
    }
}
