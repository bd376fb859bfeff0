import Foundation
import Testing

/// A small sweep that takes seconds: few steps, few views, no search.
enum SmallSweep {
    static let prompts = ["a red circle on a blue background", "a sunset over the sea"]

    static func template(iterations: Int = 6, seeds: Int = 2) -> String {
        """
        name: small
        prompts: [\(prompts.map { "\"\($0)\"" }.joined(separator: ", "))]
        seeds: \(seeds)
        settings: { iterations: \(iterations), cutouts: 2, start: gray }
        """
    }

    /// Runs the sweep into `output` with one thread a worker.
    static func run(_ folder: TemporaryFolder, output: String, workers: Int) async throws -> AtelierProcess.Ending {
        let file = try folder.write(template(), to: "small.yaml")
        return try await AtelierProcess.run(
            ["run", file, "--output", output, "--workers", "\(workers)", "--threads", "1", "--json"], in: folder)
    }
}

/// The parts of a manifest that tests look at.
struct ManifestView: Decodable {
    struct Job: Decodable { var name, state: String }
    struct File: Decodable { var path, sha256: String }
    struct Task: Decodable {
        var index: Int
        var state: String
        var attempt: Int
        var worker: String?
        var settings: [String: Setting]
        var files: [File]
        var metrics: [String: Double?]?
    }
    enum Setting: Decodable, Equatable {
        case text(String), number(Double), other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .other
            }
        }
    }

    var job: Job
    var tasks: [Task]

    init(_ folder: TemporaryFolder, _ job: String) throws {
        let data = try Data(contentsOf: folder.url.appending(path: job).appending(path: "manifest.json"))
        self = try JSONDecoder().decode(ManifestView.self, from: data)
    }
}

@Suite(.serialized)
struct SweepTests {
    /// Frames and loss files of a job, by name.
    private func pictures(_ folder: TemporaryFolder, _ output: String) throws -> [String: Data] {
        let frames = try folder.contents(of: output + "/small/frames")
        return frames.merging(try folder.contents(of: output + "/small/losses")) { a, _ in a }
    }

    @Test("One worker, three workers, and a worker killed in mid-task give the same bytes", .timeLimit(.minutes(10)))
    func sameBytes() async throws {
        let folder = try TemporaryFolder()
        let one = try await SmallSweep.run(folder, output: "one", workers: 1)
        #expect(one.code == 0, "\(one.errors)")
        let three = try await SmallSweep.run(folder, output: "three", workers: 3)
        #expect(three.code == 0, "\(three.errors)")
        let expected = try pictures(folder, "one")
        #expect(expected.count == 8)
        #expect(try pictures(folder, "three") == expected)

        let file = try folder.write(SmallSweep.template(), to: "small.yaml")
        let process = try AtelierProcess(
            ["run", file, "--output", "killed", "--workers", "2", "--threads", "1", "--json"], in: folder)
        let victim = try await ChildProcesses.first(of: process.identifier, named: "local-1", whileRunning: "engine")
        kill(victim, SIGKILL)
        let killed = try await process.ending()
        #expect(killed.code == 0, "\(killed.errors)")
        #expect(try pictures(folder, "killed") == expected)
        let manifest = try ManifestView(folder, "killed/small")
        #expect(manifest.tasks.allSatisfy { $0.state == "succeeded" })
        #expect(manifest.tasks.contains { $0.attempt > 1 }, "the killed worker's task must have been tried again")
    }

    @Test("The job's folder holds what the manifest says, and nothing a worker put there half-done")
    func layout() async throws {
        let folder = try TemporaryFolder()
        let ending = try await SmallSweep.run(folder, output: "out", workers: 2)
        #expect(ending.code == 0, "\(ending.errors)")
        let names = try folder.contents(of: "out/small").keys.filter { !$0.hasPrefix(".farm/") }.sorted()
        #expect(names.filter { $0.hasPrefix("frames/") && $0.hasSuffix(".png") }.count == 4)
        #expect(names.filter { $0.hasPrefix("losses/") && $0.hasSuffix(".csv") }.count == 4)
        #expect(names.filter { !$0.contains("/") } == ["contact-sheet.png", "losses.png", "manifest.json"])
        let manifest = try ManifestView(folder, "out/small")
        #expect(manifest.job.state == "complete")
        for task in manifest.tasks {
            #expect(task.settings["iterations"] == .number(6))
            #expect(task.settings["learning_rate"] != nil, "defaults are spelled out")
            #expect(task.files.count == 2)
        }
    }

    @Test(
        "Ctrl-C ends within two seconds with a valid manifest, and the same command goes on without repeating",
        .timeLimit(.minutes(10)))
    func interrupt() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(SmallSweep.template(iterations: 40, seeds: 4), to: "small.yaml")
        let arguments = ["run", file, "--output", "out", "--workers", "2", "--threads", "1", "--json"]
        let process = try AtelierProcess(arguments, in: folder)
        let frames = folder.url.appending(path: "out/small/frames")
        while try FileManager.default.fileExists(atPath: frames.path) == false
            || FileManager.default.contentsOfDirectory(atPath: frames.path).filter({ $0.hasSuffix(".png") }).isEmpty
        {
            try await Task.sleep(for: .milliseconds(20))
        }
        let pressed = ContinuousClock.now
        process.signal(SIGINT)
        let interrupted = try await process.ending()
        // The bound is a promise to users, some sixty times what it takes.
        #expect(ContinuousClock.now - pressed < .seconds(2))
        #expect(interrupted.code == 130, "\(interrupted.errors)")
        let before = try ManifestView(folder, "out/small")
        #expect(before.job.state == "interrupted")
        let done = Dictionary(
            uniqueKeysWithValues: before.tasks.filter { $0.state == "succeeded" }.map { ($0.index, $0) })
        #expect(!done.isEmpty && done.count < 8)

        let resumed = try await AtelierProcess.run(arguments, in: folder)
        #expect(resumed.code == 0, "\(resumed.errors)")
        let after = try ManifestView(folder, "out/small")
        #expect(after.job.state == "complete" && after.tasks.count == 8)
        for task in after.tasks {
            guard let earlier = done[task.index] else { continue }
            #expect(task.attempt == earlier.attempt, "task \(task.index) was rendered again")
            #expect(task.files.map(\.sha256) == earlier.files.map(\.sha256))
        }
    }

    @Test(
        "A farm whose workers cannot live ends with a reason and exit code 1: work had begun", .timeLimit(.minutes(10)))
    func noWorkerLives() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(SmallSweep.template(iterations: 4000, seeds: 1), to: "small.yaml")
        let arguments = ["run", file, "--output", "out", "--workers", "1", "--threads", "1", "--quiet"]
        let process = try AtelierProcess(arguments, in: folder)
        let workers = folder.url.appending(path: "out/small/.farm/workers")
        while !FileManager.default.fileExists(atPath: workers.path) { try await Task.sleep(for: .milliseconds(20)) }
        process.signal(SIGINT)
        #expect(try await process.ending().code == 130)
        try FileManager.default.removeItem(at: workers)
        try Data().write(to: workers)
        let ending = try await AtelierProcess.run(arguments, in: folder)
        #expect(ending.code == 1, "\(ending.errors)")
        #expect(ending.errors.contains("no worker stays alive"), "\(ending.errors)")
    }

    @Test("A picture's metadata is enough to render it again, bit for bit")
    func metadata() async throws {
        let folder = try TemporaryFolder()
        let first = try await SmallSweep.run(folder, output: "out", workers: 1)
        #expect(first.code == 0, "\(first.errors)")
        let again = try await AtelierProcess.run(
            [
                "render", SmallSweep.prompts[1], "--seeds", "2,1", "--iterations", "6", "--cutouts", "2", "--start",
                "gray",
                "--output", "again", "--name", "again", "--quiet",
            ], in: folder)
        #expect(again.code == 0, "\(again.errors)")
        let originals = try folder.contents(of: "out/small/frames")
        let copies = try folder.contents(of: "again/again/frames")
        let original = originals.first { $0.key.contains("sunset") && $0.key.hasSuffix("s2.png") }
        let copy = copies.first { $0.key.hasSuffix("s2.png") }
        #expect(original != nil && original?.value == copy?.value)
    }
}
