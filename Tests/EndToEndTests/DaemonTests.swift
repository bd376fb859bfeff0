import Foundation
import Glibc
import Testing

/// The daemons as they are started by hand: a coordinator, a worker, and a client that submits.
struct DaemonTests {
    /// The endpoints a coordinator prints: workers', clients'.
    private func endpoints(_ file: URL) async throws -> (workers: String, clients: String) {
        for _ in 0..<6_000 {
            let words = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(whereSeparator: \.isWhitespace)
            if words.count == 4 { return (String(words[1]), String(words[3])) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProcesses.NotFound()
    }

    @Test("A submitted sweep is rendered by a worker, once, and everything ends on SIGTERM", .timeLimit(.minutes(10)))
    func submission() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(SmallSweep.template(iterations: 3, seeds: 1), to: "small.yaml")
        let coordinator = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "error"], in: folder)
        _ = try await endpoints(coordinator.output)
        let worker = try AtelierProcess(
            [
                "worker", "--farm", "state", "--name", "w1", "--state", "w1", "--threads", "1", "--log-level",
                "error",
            ],
            in: folder)
        let first = try await AtelierProcess.run(["submit", template, "--farm", "state", "--wait"], in: folder)
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains("accepted") && first.output.contains("2 of 2 done"))
        let again = try await AtelierProcess.run(["submit", template, "--farm", "state"], in: folder)
        #expect(again.code == 0 && again.output.contains("known already"), "\(again.errors)")
        worker.signal(SIGTERM)
        #expect(try await worker.ending().code == 0)
        coordinator.signal(SIGTERM)
        #expect(try await coordinator.ending().code == 0)
        let manifest = try ManifestView(folder, "out/small")
        #expect(manifest.job.state == "complete" && manifest.tasks.map(\.attempt) == [1, 1])
        #expect(manifest.tasks.allSatisfy { $0.worker == "w1" && $0.files.count == 2 })
    }

    @Test(
        "A client that waits for a job outlasts a coordinator that is killed and comes back", .timeLimit(.minutes(10)))
    func waiting() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write("name: waits\nnoop: { tasks: 4, milliseconds: 20 }\n", to: "waits.yaml")
        let start = ["coordinator", "--state", "state", "--output", "out", "--log-level", "error"]
        var (coordinator, port) = try await CoordinatorProcess.start(start, in: folder)
        let client = try AtelierProcess(["submit", template, "--farm", "state", "--wait"], in: folder)
        // What it prints reaches a file only at its end.
        for _ in 0..<600 {
            let jobs = try await AtelierProcess.run(["jobs", "--farm", "state"], in: folder)
            if jobs.output.contains("waits") { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        for isMissed in [false, true] {
            coordinator.signal(SIGKILL)
            _ = try await coordinator.ending()
            // Back before the client has noticed, and after.
            if isMissed {
                for _ in 0..<6_000 where !client.errorText.contains("waiting until it does") {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            coordinator = try AtelierProcess(start + ["--port", "\(port)"], in: folder)
            #expect(try await CoordinatorProcess.line(of: coordinator), "\(coordinator.errorText)")
        }
        let worker = try AtelierProcess(
            ["worker", "--farm", "state", "--name", "w1", "--state", "w1", "--threads", "1"], in: folder)
        let ending = try await client.ending()
        #expect(ending.code == 0 && ending.output.contains("4 of 4 done"), "\(ending)")
        #expect(ending.errors.contains("answers again"), "\(ending.errors)")
        for process in [worker, coordinator] {
            process.signal(SIGTERM)
            #expect(try await process.ending().code == 0)
        }
    }

    @Test("A client that finds no coordinator says so in one line")
    func nobody() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(SmallSweep.template(), to: "small.yaml")
        let unknown = try await AtelierProcess.run(["submit", template, "--farm", "nowhere"], in: folder)
        #expect(unknown.code == 2 && unknown.errors.split(separator: "\n").count == 1, "\(unknown.errors)")
        let coordinator = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "error"], in: folder)
        _ = try await endpoints(coordinator.output)
        coordinator.signal(SIGTERM)
        #expect(try await coordinator.ending().code == 0)
        let ending = try await AtelierProcess.run(["submit", template, "--farm", "state"], in: folder)
        #expect(ending.code == 2 && ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
        #expect(ending.errors.contains("is the coordinator running"), "\(ending.errors)")
    }
}
