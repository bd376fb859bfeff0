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
        /// Path of the `atelier` executable, for starting engines.
        public var executable: String
        /// Folder of the installed models, which tasks find by digest.
        public var modelsFolder: String
        /// Octets of models and pictures that are kept for further tasks.
        public var cacheBytes: Int64

        /// Makes a configuration.
        public init(
            endpoint: String, worker: WorkerID, host: String, stateFolder: String, slots: Int, threads: Int,
            executable: String, modelsFolder: String, cacheBytes: Int64 = 64 << 30
        ) {
            self.modelsFolder = modelsFolder
            self.cacheBytes = cacheBytes
            self.endpoint = endpoint
            self.worker = worker
            self.host = host
            self.stateFolder = stateFolder
            self.slots = slots
            self.threads = threads
            self.executable = executable
        }

        /// The same for the machine; every process start is a new instance.
        var machine: WorkerMachine.Configuration {
            WorkerMachine.Configuration(
                worker: worker, instance: WorkerInstance(high: .random(in: 1 ... .max), low: .random(in: 0 ... .max)),
                host: host, slots: UInt32(slots), backend: CPUBackend(threads: 1).name, engine: Version.current)
        }
    }

    private let configuration: Configuration
    private let logger: Logger

    /// Makes a worker; nothing is opened before `run()`.
    ///
    /// - Throws: a one-line error if this processor lacks what the kernels need.
    public init(configuration: Configuration, logger: Logger) throws {
        let missing = CPUBackend.missingCPUFeatures()
        guard missing.isEmpty else { throw UnsupportedProcessor(missing: missing) }
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until it has drained on a graceful shutdown.
    public func run() async throws {
        let context = try ZMQContext()
        let network = try SocketLoop(name: "atelier-net")
        let blobThread = try SocketLoop(name: "atelier-blob")
        let shell = try WorkerShell(
            configuration: configuration, logger: logger, network: network, blobThread: blobThread, context: context)
        let drain = shell.drainSignal
        await withGracefulShutdownHandler {
            await shell.run()
        } onGracefulShutdown: {
            drain()
        }
        await network.stop()
        await blobThread.stop()
        context.terminate()
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
