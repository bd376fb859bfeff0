import ArgumentParser
import CLinux
import FarmKeys
import FarmModel
import Foundation
import Glibc
import Guidance
import Logging
import UnixSignals
import WorkerService

/// `atelier worker`: a node that renders for a coordinator.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Render for a coordinator: the daemon of a node.",
        discussion: """
            Connects to a coordinator, takes tasks, runs each in an engine child process, and sends the outputs back. \
            Results that could not be delivered stay in the state folder and are sent at the next start. \
            Models and pictures that are not on this machine come from the coordinator, by digest, and are kept in \
            the state folder; the ones used longest ago make room. Tasks leave checkpoints at the coordinator, from \
            which any other worker goes on.

            SIGTERM or SIGINT: take nothing new, let tasks finish, and leave within --drain-seconds; in the last \
            seconds of that what still runs stores a checkpoint and is given back. A second one: leave at once. \
            SIGUSR1, for the notice that a spot machine is about to go: store checkpoints as far as that takes 5 \
            seconds, and leave. --lifetime does so by itself before the node's time is up.

            A node joins with one file from the coordinator's machine, and needs nothing at later starts:

              atelier worker --join join.json
              atelier worker --farm ~/farm              # on the coordinator's own machine
            """)

    @Option(help: ArgumentHelp("Join file, made with atelier join create.", valueName: "file"))
    var join: String?

    @Option(
        help: ArgumentHelp(
            "State folder of a coordinator on this machine, or an access file.", valueName: "folder|file"))
    var farm: String?

    @Option(
        help: ArgumentHelp("Control endpoint of the coordinator, if not the one it joined at.", valueName: "endpoint"))
    var connect: String?

    @Option(help: ArgumentHelp("Lasting name of this worker; by default the host's.", valueName: "name"))
    var name: String?

    @Flag(
        help:
            "On the coordinator's machine: take the name over from a key that was lost with its state folder, which is revoked."
    )
    var replace = false

    @Option(help: ArgumentHelp("Folder for undelivered results and scratch.", valueName: "folder"))
    var state: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Tasks at once, each in an engine of its own.", valueName: "n"))
    var slots = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Threads of each engine; by default the cores shared out.", valueName: "n"))
    var threads: Int?

    @OptionGroup var memory: MemoryFlag

    @OptionGroup var store: StoreFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Gigabytes of models and pictures from the coordinator to keep.", valueName: "n"))
    var cache = 64.0

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A word that jobs may ask for, such as a pool; may be repeated.", valueName: "word"))
    var tag: [String] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Seconds within which it leaves on SIGTERM.", valueName: "seconds"))
    var drainSeconds = 60.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds from one checkpoint to the next where a job does not say; by default 30, or more where they would "
                + "take a hundredth of the time.", valueName: "seconds"))
    var checkpointSeconds: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Seconds that this node still lives; by default for ever.", valueName: "seconds"))
    var lifetime: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds of silence after which an engine has hung: or twenty times its longest step if that is more; "
                + "five times as many before the first step.", valueName: "seconds"))
    var stallSeconds = 120.0

    @Option(help: ArgumentHelp("trace, debug, info, warning or error.", valueName: "level"))
    var logLevel = "info"

    @Flag(help: .hidden)
    var exitWithStdin = false

    func validate() throws {
        guard (1...FarmModel.Limits.slots).contains(slots) else {
            throw ValidationError("--slots is \(slots); it lies in 1 ... \(FarmModel.Limits.slots)")
        }
        if let threads, !(1...Limits.threads).contains(threads) {
            throw ValidationError("--threads is \(threads); it lies in 1 ... \(Limits.threads)")
        }
        guard (0.001...1_000_000).contains(cache) else {
            throw ValidationError("--cache is \(cache); it lies in 0.001 ... 1000000")
        }
        for (name, seconds) in [
            ("--drain-seconds", drainSeconds), ("--stall-seconds", stallSeconds), ("--lifetime", lifetime ?? 1),
            ("--checkpoint-seconds", checkpointSeconds ?? 1),
        ] where !(0.01...Limits.seconds).contains(seconds) {
            throw ValidationError("\(name) is \(seconds); it lies in 0.01 ... \(Int(Limits.seconds))")
        }
        for word in tag where !JobSpec.isTag(word) {
            throw ValidationError("--tag \(word): use up to 100 letters, digits, '.', '_' or '-'")
        }
        guard tag.count <= FarmModel.Limits.tags else {
            throw ValidationError("--tag was given \(tag.count) times; at most \(FarmModel.Limits.tags) are taken")
        }
        if let connect, !connect.hasPrefix("tcp://") {
            throw ValidationError("--connect \(connect): an endpoint looks like tcp://host:port")
        }
    }

    func run() async throws {
        let logger = try Logger.forDaemon("atelier.worker", level: exitWithStdin ? "error" : logLevel)
        atelier_keep_freed_memory(32 << 20, 2 << 20)
        let host = ProcessInfo.processInfo.hostName
        guard let wanted = WorkerID(name ?? JobSpec.slug(host, limit: 60)) else {
            throw UserError("--name \(name ?? host): use 1 to 128 letters, digits, '.', '_' or '-'")
        }
        let folder = state ?? WorkerCommand.stateRoot(ProcessInfo.processInfo.environment) + "/" + wanted.name
        let admission = try await WorkerAdmission(
            join: join, farm: farm, name: wanted, state: folder, replacing: replace)
        let access = admission.access
        guard let worker = WorkerID(access.name) else { throw UserError("\(access.name) is no name of a worker") }
        var capabilities = NodeCapabilities.detect(tags: admission.tags(and: tag))
        if let memory = memory.memory { capabilities.memoryBytes = Int64(memory.bytes * slots) }
        var configuration = WorkerService.Configuration(
            endpoint: connect ?? access.control, access: access, worker: worker, host: host, stateFolder: folder,
            slots: slots,
            threads: threads ?? max(1, Int(capabilities.cores) / slots), executable: ExecutablePath.current,
            modelsFolder: store.folder, cacheBytes: Int64(cache * 1e9), engineMemory: memory.memory?.bytes)
        configuration.capabilities = capabilities
        configuration.lifetime = lifetime.map { .seconds($0) }
        configuration.enginePatience = .seconds(stallSeconds)
        configuration.checkpointInterval = checkpointSeconds.map { .seconds($0) }
        configuration.accessFile = admission.file
        let service: WorkerService
        do { service = try WorkerService(configuration: configuration, logger: logger) } catch {
            throw UserError("\(error)")
        }
        // An engine that dies under a write must not take the worker with it.
        signal(SIGPIPE, SIG_IGN)
        // A local farm holds our standard input open for as long as it lives.
        if exitWithStdin { StandardInputWatch.exitAtEnd() }
        // Signals are trapped before anything starts, so that none gets lost.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1)
        let drain = Duration.seconds(drainSeconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var isAsked = false
                for await signal in signals {
                    switch signal {
                    case .sigusr1: service.leave(.init(.expedited, reason: "this node is about to be taken away"))
                    case _ where isAsked: service.leave(.init(.immediate, reason: "the worker was asked twice to stop"))
                    default: service.leave(.init(.eventual, reason: "the worker was asked to stop", within: drain))
                    }
                    isAsked = isAsked || signal != .sigusr1
                }
            }
            try await service.run()
            group.cancelAll()
        }
    }
}

extension WorkerCommand {
    /// Where workers keep their state: below `$XDG_STATE_HOME`, or `.local/state` in the home folder.
    static func stateRoot(_ environment: [String: String]) -> String {
        FarmPlace.stateHome(environment) + "/atelier/workers"
    }
}

/// Ends this process when its standard input closes: its parent is gone.
enum StandardInputWatch {
    static func exitAtEnd() {
        Thread.detachNewThread {
            while readLine() != nil {}
            _exit(0)
        }
    }
}

extension Logger {
    /// A logger to standard error at a level named by the user; throws `UserError`.
    static func forDaemon(_ label: String, level: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw UserError("--log-level \(level): choose trace, debug, info, notice, warning, error or critical")
        }
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
