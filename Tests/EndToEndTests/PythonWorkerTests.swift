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
            noop: { tasks: 24, milliseconds: 300 }
            """, to: "waits.yaml")
        let start = ["coordinator", "--state", "state", "--output", "out", "--log-level", "info"]
        let (first, port) = try await CoordinatorProcess.start(start, in: folder)
        #expect(
            try await AtelierProcess.run(
                ["join", "create", "--farm", "state", "--address", "127.0.0.1"], in: folder
            ).code == 0)
        let worker = try AtelierProcess(
            [
                Self.script.path, "--join", "join.json", "--state", "py", "--name", "py", "--slots", "2",
                "--features", "returns,teleports",
            ], program: URL(fileURLWithPath: python), in: folder)
        let submitted = try await AtelierProcess.run(["submit", template, "--farm", "state"], in: folder)
        #expect(submitted.code == 0, "\(submitted.errors)")
        let output = folder.url.appending(path: "out/waits").path
        for _ in 0..<3_000 {
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: output)) ?? []
            if names.contains(where: { $0.hasSuffix(".txt") }) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        // Of what it offers the one word that is known is accepted, and used: what a pause meets comes back.
        try await worker.say("features returns\n", times: 1)
        for _ in 0..<20 where !worker.errorText.contains("returned 1 ") {
            for command in ["pause", "resume"] {
                #expect(try await AtelierProcess.run([command, "1", "--farm", "state"], in: folder).code == 0)
            }
        }
        #expect(worker.errorText.contains("returned 1 "), "\(worker.errorText)")
        // In the middle of the job, without a word of farewell, and again at the same ports.
        first.signal(SIGKILL)
        _ = try await first.ending()
        let second = try AtelierProcess(start + ["--port", "\(port)"], in: folder)
        _ = try await CoordinatorProcess.line(of: second)
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
}
