import CoordinatorService
import FarmCoordinator
import FarmKeys
import FarmModel
import Foundation
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// A farm of one machine: a coordinator in this process and worker processes on loopback, for one job.
///
/// It is the same coordinator and the same worker as on a cluster; only the addresses are local, and heartbeats are
/// quick because a dead worker is started again at once.
struct LocalFarm {
    /// How a run ended.
    enum Outcome {
        case ended(JobStatus, JobOutputs)
        case interrupted(JobOutputs)
    }

    let folder: JobFolder
    let workers: Int
    let threads: Int
    /// Octets of memory of each engine; nil for what the machine has free.
    let memory: Int?
    /// Folder of the installed models.
    let models: String
    let isQuiet: Bool
    let logger: Logger

    private enum Event: Sendable {
        case outputs(JobOutputs, JobStatus)
        case signal
        case serviceEnded
        case workerEnded
    }

    /// Runs a job to its end, or until a signal interrupts it; what is done then is kept.
    func run(_ job: PreparedJob) async throws -> Outcome {
        var spec = job.spec
        spec.name = folder.name
        let service = try await makeService()
        // Signals are trapped before anything starts, so that none gets lost.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                try await service.run()
                return .serviceEnded
            }
            let accepted = try await service.submit(spec, key: job.key)
            let status = try await service.status(of: accepted)
            let notices = service.notices
            group.addTask { await follow(notices, accepted, from: status) }
            group.addTask {
                for await _ in signals { break }
                return .signal
            }
            if !status.isEnded { try startWorkers(&group, of: service) }
            var living = workers
            for try await event in group {
                switch event {
                case .outputs(let outputs, let status):
                    await service.stop()
                    group.cancelAll()
                    return .ended(status, outputs)
                case .signal:
                    // Whoever presses twice wants out at once; what counts is durable already.
                    for number in [SIGINT, SIGTERM, SIGHUP] { Glibc.signal(number, SIG_DFL) }
                    let outputs = await service.stop()
                    group.cancelAll()
                    return .interrupted(outputs[accepted] ?? JobOutputs(folder: folder.url.path))
                case .serviceEnded:
                    throw FarmEnded(description: "the coordinator ended before the job did; its log says why")
                case .workerEnded:
                    living -= 1
                    guard living == 0 else { continue }
                    await service.stop()
                    group.cancelAll()
                    throw FarmEnded(description: "no worker stays alive; what they said stands above")
                }
            }
            throw CancellationError()
        }
    }

    private func makeService() async throws -> CoordinatorService {
        var configuration = CoordinatorService.Configuration(
            stateFolder: folder.state.path, outputFolder: folder.output.path)
        configuration.ownsItsWorkers = true
        configuration.identity = .throwAway
        configuration.machine = Coordinator.Configuration(
            heartbeatMilliseconds: 500, minimumLostMilliseconds: 5_000, leaseMilliseconds: 10_000,
            marginMilliseconds: 2_000)
        // All workers share this machine: a second attempt would only slow the first one down.
        configuration.machine.backupMilliseconds = nil
        do {
            return try await CoordinatorService(configuration: configuration, logger: logger)
        } catch {
            throw UserError("\(error)")
        }
    }

    /// Each worker has keys of this run, in a file that only this user can read.
    private func startWorkers(
        _ group: inout ThrowingTaskGroup<Event, any Error>, of service: CoordinatorService
    ) throws {
        for number in 1...workers {
            let name = "local-\(number)"
            let state = folder.worker(name).path
            let access = state + "/run.json"
            do {
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            } catch {
                throw FarmEnded(
                    description: "no worker stays alive: the folder \(state) cannot be made; move what is in its way")
            }
            try forUser { try service.admit(worker: name).write(to: access) }
            let process = WorkerProcess(
                executable: ExecutablePath.current, name: name, access: access, state: state, threads: threads,
                memory: memory, models: models, logger: logger)
            group.addTask {
                await process.keepRunning()
                return .workerEnded
            }
        }
    }

    /// Shows the news until the job's outputs are complete.
    private func follow(_ notices: AsyncStream<ServiceNotice>, _ job: JobID, from status: JobStatus) async -> Event {
        let ended = Int(status.succeeded + status.failed + status.cancelled)
        var display = ProgressDisplay(total: Int(status.total), ended: ended, isQuiet: isQuiet)
        for await notice in notices {
            switch notice {
            case .farm(let news): display.show(news)
            case .outputsComplete(let status, let outputs) where status.job == job:
                display.clear()
                return .outputs(outputs, status)
            case .outputsComplete: continue
            }
        }
        display.clear()
        return .serviceEnded
    }
}

/// The farm cannot go on, though nothing was wrong with the input: exit code 1, what is done is kept.
struct FarmEnded: Error, CustomStringConvertible {
    let description: String
}

/// The running program, for starting more of it.
enum ExecutablePath {
    /// Its absolute path.
    static var current: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
