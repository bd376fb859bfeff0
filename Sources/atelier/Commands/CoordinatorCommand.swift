import ArgumentParser
import CLinux
import CoordinatorService
import FarmCoordinator
import FarmTransport
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `atelier coordinator`: splits jobs into tasks and collects what comes back.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Split jobs into tasks for workers and collect the outputs: the daemon of a farm.",
        discussion: """
            Everything is recorded in the state folder before it is acknowledged; a coordinator that is started again \
            on it goes on where it was. Every peer is known by its key: on this machine commands find theirs in the \
            state folder, elsewhere they need one file (atelier keys new, atelier join create).

              atelier coordinator --state ~/farm --output ~/pictures
              atelier worker --farm ~/farm
              atelier submit sweep.yaml --farm ~/farm
            """)

    @Option(
        help: ArgumentHelp(
            "Folder of the farm's memory; by default atelier/farm in the user's state.", valueName: "folder"))
    var state: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder that receives one folder per job.", valueName: "folder"))
    var output = "atelier-output"

    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    var bind = "127.0.0.1"

    @Option(
        help: ArgumentHelp(
            "First of four ports: control, blobs, clients, newcomers. 0 takes free ones.", valueName: "port"))
    var port = 7401

    @Option(
        help: ArgumentHelp(
            "Where workers reach the blob port, if not at the address listened on: behind a forwarded port.",
            valueName: "endpoint"))
    var advertiseBlobs: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds between two signs of life of a worker; four without one, and it is lost.", valueName: "s"))
    var heartbeat = 5.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Seconds that a task stays with a worker that is not heard of; a quarter is added here.", valueName: "s"))
    var lease = 60.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tasks of one submitter that may be open at one time; by default any number.", valueName: "n"))
    var tasksPerSubmitter: Int?

    @OptionGroup var storage: StorageFlags

    @Option(help: ArgumentHelp("trace, debug, info, warning or error.", valueName: "level"))
    var logLevel = "info"

    func validate() throws {
        guard (0...65_532).contains(port) else { throw ValidationError("--port is \(port); it lies in 0 ... 65532") }
        guard (0.1...60).contains(heartbeat) else {
            throw ValidationError("--heartbeat is \(heartbeat); it lies in 0.1 ... 60")
        }
        guard (2 * heartbeat...3600).contains(lease) else {
            throw ValidationError("--lease is \(lease); it lies in two heartbeats ... 3600")
        }
        if let tasksPerSubmitter, tasksPerSubmitter < 1 {
            throw ValidationError("--tasks-per-submitter is \(tasksPerSubmitter); it is 1 or more")
        }
        if let advertiseBlobs, !advertiseBlobs.hasPrefix("tcp://") {
            throw ValidationError("--advertise-blobs \(advertiseBlobs): an endpoint looks like tcp://host:port")
        }
    }

    /// The timers of the machine.
    private var machine: Coordinator.Configuration {
        var machine = Coordinator.Configuration(
            heartbeatMilliseconds: Int64(heartbeat * 1000), minimumLostMilliseconds: Int64(heartbeat * 4000),
            leaseMilliseconds: Int64(lease * 1000), marginMilliseconds: Int64(lease * 250))
        // A farm in a hurry to notice a death is in a hurry to try again.
        machine.restMilliseconds = min(machine.restMilliseconds, Int64(heartbeat * 2000))
        machine.openTasksPerSubmitter = tasksPerSubmitter
        return machine
    }

    func run() async throws {
        let logger = try Logger.forDaemon("atelier.coordinator", level: logLevel)
        atelier_keep_freed_memory(32 << 20, 2 << 20)
        var configuration = CoordinatorService.Configuration(
            stateFolder: state ?? FarmPlace.defaultState(ProcessInfo.processInfo.environment), outputFolder: output)
        configuration.machine = machine
        configuration.storage = try storage.storage
        configuration.advertisedBlobs = advertiseBlobs
        func endpoint(_ offset: Int) -> String { Endpoint.tcp(bind, port: port == 0 ? 0 : port + offset) }
        (configuration.control, configuration.blobs, configuration.clients) = (endpoint(0), endpoint(1), endpoint(2))
        configuration.enrol = endpoint(3)
        let service: CoordinatorService
        do {
            service = try await CoordinatorService(configuration: configuration, logger: logger)
        } catch {
            throw UserError("\(error)")
        }
        let notices = service.notices
        // Nobody reads what nobody logs: the newest wait in a bounded buffer.
        let watch =
            logger.logLevel > .info
            ? nil
            : Task {
                for await notice in notices {
                    logger.log(level: notice.isFrequent ? .debug : .info, "\(notice.sentence)")
                }
            }
        defer { watch?.cancel() }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service), .init(service: Announcement(endpoints: service.endpoints))],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// Says where a coordinator listens as soon as signals are minded: whoever reads the line may send one at once.
private struct Announcement: Service {
    let endpoints: CoordinatorService.Endpoints

    func run() async throws {
        // Written at once, also into a pipe: scripts read the ports from it.
        let line = "workers: \(endpoints.control)  clients: \(endpoints.clients)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        try await gracefulShutdown()
    }
}
