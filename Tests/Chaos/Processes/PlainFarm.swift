import FarmModel
import Foundation
import Glibc

/// A farm without faults but those that its owner commits: a coordinator, workers, and one client.
final class PlainFarm {
    /// Something did not happen in its time.
    struct Late: Error, CustomStringConvertible {
        let description: String
    }

    let state: String
    private let program: String
    private let folder: String
    private let run = "\(getpid())-plain"
    private let port: UInt16
    private var coordinator: ChildProcess?
    private var workers: [ChildProcess] = []
    private var client: FarmClient?

    init(program: String, folder: String) throws {
        self.program = program
        self.folder = folder
        state = folder + "/state"
        var dice = Dice(seed: UInt64(getpid()))
        port = try Loopback.freePorts(4, &dice)
        try FileManager.default.createDirectory(atPath: folder + "/logs", withIntermediateDirectories: true)
    }

    func startCoordinator() throws {
        coordinator = try start(
            "coordinator",
            [
                "coordinator", "--state", state, "--output", folder + "/output", "--port", "\(port)", "--log-level",
                "warning",
            ])
    }

    /// Starts workers, a few at a time, and waits until all have joined.
    func startWorkers(_ count: Int) async throws {
        for index in 0..<count {
            let name = "w\(index)"
            workers.append(
                try start(
                    name,
                    [
                        "worker", "--farm", state, "--name", name, "--state",
                        "\(folder)/\(name)", "--threads", "1", "--models", folder + "/models", "--log-level", "error",
                    ]))
            if index % 10 == 9 { try await Task.sleep(for: .milliseconds(500)) }
        }
        _ = try await waitForWorkers(seconds: 120) { $0.count { $0.state == .active } == count }
    }

    func killCoordinator() async {
        await client?.close()
        client = nil
        coordinator?.signal(SIGKILL)
        while coordinator?.isRunning ?? false { try? await Task.sleep(for: .milliseconds(1)) }
        coordinator = nil
    }

    /// MiB that the coordinator has in use, mapped files included.
    var coordinatorMemory: Double { coordinator.flatMap { ProcessTable.memory(of: $0.identifier) } ?? 0 }

    func submit(_ spec: JobSpec) async throws -> JobID {
        let message = ClientMessage.submit(spec, key: Workload.key(of: spec, run: run))
        guard case .submitted(let job, _) = try await ask(message, seconds: 120) else {
            throw Late(description: "the job was not accepted")
        }
        return job
    }

    func status(of job: JobID, seconds: Double) async throws -> JobStatus {
        guard case .status(let all) = try await ask(.query(.job(job)), seconds: seconds), let status = all.first else {
            throw Late(description: "\(job) is not known")
        }
        return status
    }

    /// How many of some attempts are of tasks that have succeeded.
    func succeeded(of job: JobID, among attempts: Set<TaskAttempt>) async throws -> Int {
        var count = 0
        for attempt in attempts {
            let request = TaskPageRequest(from: attempt.task.index, limit: 1)
            guard case .tasks(let page) = try await ask(.query(.tasks(job, .all, request)), seconds: 10) else {
                continue
            }
            if page.tasks.first?.state == .succeeded { count += 1 }
        }
        return count
    }

    /// Asks for the workers until they are as wanted.
    func waitForWorkers(seconds: Double, _ isWanted: ([WorkerStatus]) -> Bool) async throws -> [WorkerStatus] {
        let limit = ContinuousClock.now + .seconds(seconds)
        while true {
            if Interruption.happened { throw Interruption() }
            if case .workers(let all) = try await ask(.query(.workers), seconds: seconds), isWanted(all) { return all }
            guard ContinuousClock.now < limit else {
                throw Late(description: "the workers were not as wanted within \(Int(seconds)) s")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends everything, the coordinator in order.
    func end() async {
        await client?.close()
        client = nil
        for worker in workers { worker.signal(SIGKILL) }
        coordinator?.signal(SIGTERM)
        if let coordinator, await !coordinator.waitForEnd(seconds: 10) { coordinator.signal(SIGKILL) }
        for worker in workers { _ = await worker.waitForEnd(seconds: 5) }
        for identifier in ProcessTable.marked(run) { Glibc.kill(identifier, SIGKILL) }
        (workers, coordinator) = ([], nil)
    }

    // MARK: - Parts

    private func start(_ name: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            program, arguments, output: "\(folder)/logs/\(name).out", errors: "\(folder)/logs/\(name).log",
            adding: [ProcessTable.mark: run])
    }

    /// Asks until there is an answer, on a new connection each time, since a coordinator may be away.
    private func ask(_ message: ClientMessage, seconds: Double) async throws -> ClientReply {
        let limit = ContinuousClock.now + .seconds(seconds)
        while true {
            do {
                let client: FarmClient
                if let present = self.client {
                    client = present
                } else {
                    client = try await FarmClient(
                        to: "tcp://127.0.0.1:\(port + 2)", state: state, patience: .milliseconds(500))
                    self.client = client
                }
                return try await client.ask(message, patience: .seconds(min(seconds, 30)))
            } catch let error as FarmClient.NoAnswer {
                await client?.close()
                client = nil
                guard ContinuousClock.now < limit else { throw error }
            }
        }
    }
}
