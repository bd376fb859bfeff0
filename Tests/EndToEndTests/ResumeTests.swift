import Foundation
import Glibc
import Testing

/// Tasks that go on where they were, on another worker, after their node has gone in one way or another.
@Suite(.serialized)
struct ResumeTests {
    /// A coordinator that notices a dead worker within two seconds, and workers one after another.
    final class Farm {
        let folder: TemporaryFolder
        let coordinator: AtelierProcess
        private let workers: String
        private let clients: String

        init(_ folder: TemporaryFolder) async throws {
            self.folder = folder
            coordinator = try AtelierProcess(
                [
                    "coordinator", "--state", "state", "--output", "out", "--port", "0", "--heartbeat", "0.2",
                    "--lease", "1.5", "--log-level", "error",
                ], in: folder)
            (workers, clients) = try await Farm.endpoints(coordinator.output)
        }

        private static func endpoints(_ file: URL) async throws -> (String, String) {
            for _ in 0..<6_000 {
                let words = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(
                    whereSeparator: \.isWhitespace)
                if words.count == 4 { return (String(words[1]), String(words[3])) }
                try await Task.sleep(for: .milliseconds(20))
            }
            throw ChildProcesses.NotFound()
        }

        func submit(_ template: String) async throws {
            let file = try folder.write(template, to: "job.yaml")
            let ending = try await AtelierProcess.run(["submit", file, "--farm", "state"], in: folder)
            try #require(ending.code == 0, "\(ending.errors)")
        }

        func wait() async throws {
            let ending = try await AtelierProcess.run(
                ["submit", folder.url.appending(path: "job.yaml").path, "--farm", "state", "--wait"], in: folder)
            #expect(ending.code == 0, "\(ending.output) \(ending.errors)")
        }

        func worker(_ name: String, environment: [String: String] = [:]) throws -> AtelierProcess {
            try AtelierProcess(
                [
                    "worker", "--farm", "state", "--name", name, "--state", name, "--threads", "1",
                    "--checkpoint-seconds", "0.05",
                ], in: folder, environment: environment)
        }

        /// Waits until the coordinator has a checkpoint that it did not have.
        func newCheckpoint(beside known: Set<String>) async throws {
            for _ in 0..<12_000 {
                if !blobs().isSubset(of: known) { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw ChildProcesses.NotFound()
        }

        func blobs() -> Set<String> {
            let root = folder.url.appending(path: "state/blobs/sha256").path
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
            return Set(names.filter { $0.contains("/") })
        }

        /// Waits until a worker has removed what it does not owe any more.
        func isCleared(of worker: String) async throws {
            for _ in 0..<12_000 {
                if try leftovers(of: worker).isEmpty { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw ChildProcesses.NotFound()
        }

        /// Waits until a worker's outbox holds an entry; the folder of its attempt.
        func outboxEntry(of worker: String) async throws -> URL {
            let outbox = folder.url.appending(path: "\(worker)/outbox")
            for _ in 0..<12_000 {
                for name in (try? FileManager.default.contentsOfDirectory(atPath: outbox.path)) ?? [] {
                    let attempt = outbox.appending(path: name)
                    if FileManager.default.fileExists(atPath: attempt.appending(path: "entry.json").path) {
                        return attempt
                    }
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw ChildProcesses.NotFound()
        }

        /// Names of what a worker keeps of attempts.
        func leftovers(of worker: String) throws -> [String] {
            try ["outbox", "scratch"].flatMap { name in
                try FileManager.default.contentsOfDirectory(
                    atPath: folder.url.appending(path: "\(worker)/\(name)").path)
            }.filter { $0 != "lock" }
        }

        func end() async throws {
            coordinator.signal(SIGTERM)
            #expect(try await coordinator.ending().code == 0)
        }
    }

    private static func isAlive(_ process: pid_t) -> Bool {
        // A zombie is dead; whoever adopted it will see to it.
        let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return !status.isEmpty && status.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Kills a worker at once; its engine, even a stopped one, must not stay behind.
    private func kill(_ worker: AtelierProcess, stoppingItsEngine: Bool) async throws {
        let engines = ChildProcesses.of(worker.identifier)
        #expect(!engines.isEmpty)
        if stoppingItsEngine { for engine in engines { Glibc.kill(engine, SIGSTOP) } }
        worker.signal(SIGKILL)
        _ = try await worker.ending()
        for _ in 0..<6_000 where engines.contains(where: ResumeTests.isAlive) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(!engines.contains(where: ResumeTests.isAlive), "an engine outlived its worker")
    }

    @Test(
        "A render whose worker is killed five times and that goes on elsewhere each time gives the same bytes",
        .timeLimit(.minutes(10)))
    func killedFiveTimes() async throws {
        let folder = try TemporaryFolder()
        let template = """
            name: small
            prompts: ["a red circle on a blue background"]
            seeds: 1
            settings: { iterations: 300, cutouts: 2, start: gray, size: [32, 32], latent_average: 0.95 }
            """
        let file = try folder.write(template, to: "whole.yaml")
        let whole = try await AtelierProcess.run(
            ["run", file, "--output", "whole", "--workers", "1", "--threads", "1", "--quiet"], in: folder)
        #expect(whole.code == 0, "\(whole.errors)")

        let farm = try await Farm(folder)
        try await farm.submit(template)
        var random = SeededNumbers(seed: 20_26)
        for number in 1...5 {
            let known = farm.blobs()
            let worker = try farm.worker("w\(number)")
            try await farm.newCheckpoint(beside: known)
            try await Task.sleep(for: .milliseconds(Int(random.next() % 100)))
            try await kill(worker, stoppingItsEngine: number == 3)
            let log = try String(contentsOf: worker.errorOutput, encoding: .utf8)
            #expect(log.contains("resumed=\(number > 1)"), "\(log)")
        }
        let last = try farm.worker("w6")
        try await farm.wait()
        last.signal(SIGTERM)
        #expect(try await last.ending().code == 0)
        try await farm.end()
        let manifest = try ManifestView(folder, "out/small")
        #expect(manifest.tasks.map(\.attempt) == [6] && manifest.tasks[0].worker == "w6")
        for kind in ["frames", "losses"] {
            let expected = try folder.contents(of: "whole/small/\(kind)")
            let resumed = try folder.contents(of: "out/small/\(kind)")
            let isSame = resumed == expected
            #expect(isSame && expected.count == 1, "\(kind) differ")
        }
    }

    @Test(
        "A node that is taken away gives its task back with a checkpoint, and nobody is blamed", .timeLimit(.minutes(5))
    )
    func spotNotice() async throws {
        let folder = try TemporaryFolder()
        let farm = try await Farm(folder)
        try await farm.submit("name: waiting\nnoop: { tasks: 1, milliseconds: 6000 }\n")
        let first = try farm.worker("spot-1")
        try await farm.newCheckpoint(beside: [])
        first.signal(SIGUSR1)
        #expect(try await first.ending().code == 0)
        // It has to go on at once: nothing has to lapse, since the attempt was given back.
        let second = try farm.worker("spot-2")
        try await farm.wait()
        // Asked twice it leaves at once.
        second.signal(SIGTERM)
        second.signal(SIGTERM)
        #expect(try await second.ending().code == 0)
        try await farm.end()
        let manifest = try ManifestView(folder, "out/waiting")
        #expect(manifest.tasks.map(\.attempt) == [2] && manifest.tasks[0].worker == "spot-2")
        let resumed = manifest.tasks[0].metrics?["resumed_at_iteration"] ?? nil
        #expect((resumed ?? 0) > 0)
    }
}

/// What a worker owes survives its death at every point.
@Suite(.serialized)
struct OutboxDeathTests {
    @Test(
        "R8: A worker killed while it enters or removes a result: one result, and nothing left behind",
        .timeLimit(.minutes(5)),
        arguments: [("before-outbox-entry", 2), ("after-outbox-entry", 1), ("mid-outbox-removal", 1)])
    func killed(place: String, attempt: Int) async throws {
        let folder = try TemporaryFolder()
        let farm = try await ResumeTests.Farm(folder)
        try await farm.submit("name: waiting\nnoop: { tasks: 1, milliseconds: 300 }\n")
        let first = try farm.worker("w", environment: ["ATELIER_FAILPOINT": place])
        #expect(try await first.ending().code == SIGKILL)
        let second = try farm.worker("w")
        try await farm.wait()
        // The result may have been recorded before: then nobody waits for the second one, which may not have begun yet.
        try await farm.isCleared(of: "w")
        second.signal(SIGTERM)
        #expect(try await second.ending().code == 0)
        try await farm.end()
        let manifest = try ManifestView(folder, "out/waiting")
        #expect(manifest.tasks.map(\.attempt) == [attempt] && manifest.tasks[0].files.count == 1)
        #expect(try farm.leftovers(of: "w") == [])
    }

    @Test("A file lost from the outbox costs an attempt, and nobody waits for it for ever", .timeLimit(.minutes(5)))
    func lostFile() async throws {
        let folder = try TemporaryFolder()
        let farm = try await ResumeTests.Farm(folder)
        try await farm.submit("name: waiting\nnoop: { tasks: 1, milliseconds: 2000 }\n")
        let worker = try farm.worker("w")
        try await farm.newCheckpoint(beside: [])
        farm.coordinator.signal(SIGSTOP)
        let entry = try await farm.outboxEntry(of: "w")
        for name in try FileManager.default.contentsOfDirectory(atPath: entry.path) where name != "entry.json" {
            try FileManager.default.removeItem(at: entry.appending(path: name))
        }
        farm.coordinator.signal(SIGCONT)
        try await farm.wait()
        worker.signal(SIGTERM)
        #expect(try await worker.ending().code == 0)
        try await farm.end()
        let manifest = try ManifestView(folder, "out/waiting")
        #expect(manifest.tasks.map(\.state) == ["succeeded"] && manifest.tasks[0].attempt > 1)
        #expect(try farm.leftovers(of: "w") == [])
    }
}

/// Seeded numbers, so that the points of a run can be had again (SplitMix64).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
