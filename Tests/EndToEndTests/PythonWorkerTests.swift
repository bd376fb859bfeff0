import Foundation
import Glibc
import Testing

/// The second implementation, written from the specification in Python, against the real coordinator.
@Suite(.timeLimit(.minutes(10))) struct PythonWorkerTests {
    /// A Python with pyzmq (with CURVE) and protobuf, and protoc beside it; nil where something is missing.
    private static let python: String? = {
        let candidates = [ProcessInfo.processInfo.environment["ATELIER_PYTHON"], "/usr/bin/python3"].compactMap { $0 }
        return candidates.first { python in
            let probe = Process()
            probe.executableURL = URL(fileURLWithPath: "/bin/sh")
            probe.arguments = [
                "-c", "command -v protoc && \(python) -c 'import zmq, google.protobuf; assert zmq.has(\"curve\")'",
            ]
            (probe.standardOutput, probe.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            guard (try? probe.run()) != nil else { return false }
            probe.waitUntilExit()
            return probe.terminationStatus == 0
        }
    }()

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PythonWorker/atelier_worker.py").standardizedFileURL

    @Test(
        "A worker in Python joins by key, completes tasks, sends their files, and outlives a restart of the coordinator",
        .enabled(if: PythonWorkerTests.python != nil, "set ATELIER_PYTHON to a Python with pyzmq and protobuf"))
    func conformance() async throws {
        let python = try #require(Self.python)
        let folder = try TemporaryFolder()
        let template = try folder.write(
            """
            name: waits
            noop: { tasks: 24, milliseconds: 150 }
            """, to: "waits.yaml")
        let start = ["coordinator", "--state", "state", "--output", "out", "--log-level", "info"]
        let (first, port) = try await startSomewhere(start, in: folder)
        #expect(
            try await AtelierProcess.run(
                ["join", "create", "--farm", "state", "--address", "127.0.0.1"], in: folder
            ).code == 0)
        let worker = try AtelierProcess(
            [
                Self.script.path, "--join", "join.json", "--state", "py", "--name", "py", "--slots", "2",
            ], program: URL(fileURLWithPath: python), in: folder)
        let submitted = try await AtelierProcess.run(["submit", template, "--farm", "state"], in: folder)
        #expect(submitted.code == 0, "\(submitted.errors)")
        for _ in 0..<3_000 where !first.errorText.contains("taskSucceeded") {
            try await Task.sleep(for: .milliseconds(20))
        }
        // In the middle of the job, without a word of farewell, and again at the same ports.
        first.signal(SIGKILL)
        _ = try await first.ending()
        let second = try AtelierProcess(start + ["--port", "\(port)"], in: folder)
        _ = try await line(of: second)
        let waited = try await AtelierProcess.run(["submit", template, "--farm", "state", "--wait"], in: folder)
        #expect(waited.code == 0 && waited.output.contains("24 of 24 done"), "\(waited) \(worker.errorText)")
        worker.signal(SIGTERM)
        #expect(try await worker.ending().code == 0)
        second.signal(SIGTERM)
        #expect(try await second.ending().code == 0)
        let manifest = try ManifestView(folder, "out/waits")
        #expect(manifest.job.state == "complete" && manifest.tasks.count == 24)
        #expect(manifest.tasks.allSatisfy { $0.worker == "py" && $0.files.count == 1 })
        #expect(try folder.contents(of: "out/waits").values.contains { $0.count > 262_144 })
    }

    /// Starts a coordinator on four ports in a row that are free, so that it can come back to them.
    private func startSomewhere(
        _ arguments: [String], in folder: TemporaryFolder
    ) async throws -> (AtelierProcess, port: Int) {
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<30_000)
            let process = try AtelierProcess(arguments + ["--port", "\(port)"], in: folder)
            if try await line(of: process) { return (process, port) }
            _ = try await process.ending()
        }
        throw ChildProcesses.NotFound()
    }

    /// Waits for the line with the ports; false if the process says an error instead.
    private func line(of process: AtelierProcess) async throws -> Bool {
        for _ in 0..<6_000 {
            if ((try? String(contentsOf: process.output, encoding: .utf8)) ?? "").contains("\n") { return true }
            if process.errorText.contains("Error: ") { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProcesses.NotFound()
    }
}
