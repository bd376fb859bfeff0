import Foundation
import Glibc
import Testing

/// Models of a user's own: added, listed, named in templates, and brought to workers that have nothing.
@Suite(.serialized)
struct ModelTests {
    /// Where the starter's files lie in the source tree: a pair of published form.
    private static let starter = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Models/StarterModel/Resources/Starter").standardizedFileURL

    /// A folder with a painter, a judge and a picture.
    ///
    /// The judge of each variant but 0 differs in the last bits of one weight, so that it is another model.
    private func files(in folder: TemporaryFolder, _ name: String, variant: UInt8 = 0) throws -> URL {
        let target = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for file in ["vqgan.safetensors", "vqgan.yaml", "clip.safetensors", "clip.json", "bpe_vocab.txt.gz"] {
            try FileManager.default.copyItem(
                at: ModelTests.starter.appending(path: file), to: target.appending(path: file))
        }
        let judge = target.appending(path: "clip.safetensors")
        var weights = try Data(contentsOf: judge)
        weights[weights.count - 4] ^= variant
        try weights.write(to: judge)
        try FileManager.default.copyItem(
            at: ModelTests.starter.appending(path: "eval/montage.png"), to: target.appending(path: "start.png"))
        return target
    }

    private func run(
        _ arguments: [String], in folder: TemporaryFolder, _ environment: [String: String] = [:]
    ) async throws -> AtelierProcess.Ending {
        try await AtelierProcess(arguments, in: folder, environment: environment).ending()
    }

    private func endpoints(_ file: URL) async throws -> (workers: String, clients: String) {
        for _ in 0..<6_000 {
            let words = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(whereSeparator: \.isWhitespace)
            if words.count == 4 { return (String(words[1]), String(words[3])) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProcesses.NotFound()
    }

    private func state(of job: String, in folder: TemporaryFolder) async throws -> ManifestView? {
        for _ in 0..<3_000 {
            if let manifest = try? ManifestView(folder, job), ["complete", "failed"].contains(manifest.job.state) {
                return manifest
            }
            try await Task.sleep(for: .milliseconds(40))
        }
        return try? ManifestView(folder, job)
    }

    @Test(
        "A model is added, listed, inspected, verified and removed; what goes wrong is one line",
        .timeLimit(.minutes(5)))
    func store() async throws {
        let folder = try TemporaryFolder()
        let files = try files(in: folder, "files").path
        let here = ["ATELIER_MODELS": folder.url.appending(path: "models").path]
        let added = try await run(["models", "add", "\(files)/vqgan.safetensors", "--as", "hills"], in: folder, here)
        #expect(added.code == 0 && added.output.contains("VQGAN f8"), "\(added)")
        let listed = try await run(["models", "list", "--installed", "--json"], in: folder, here)
        #expect(listed.code == 0 && listed.output.contains("\"hills\""), "\(listed)")
        let all = try await run(["models", "list"], in: folder, here)
        #expect(all.output.contains("* hills") && all.output.contains("openai-ViT-B-32"), "\(all)")
        let inspected = try await run(["models", "inspect", "hills"], in: folder, here)
        #expect(inspected.code == 0 && inspected.output.contains("safetensors"), "\(inspected)")
        #expect(try await run(["models", "verify"], in: folder, here).code == 0)
        let wrong: [([String], String)] = [
            (["models", "remove", "hils"], "did you mean \"hills\""),
            (["models", "add", "\(files)/clip.json"], "clip.json"),
            (["models", "pull", "openai-vitb32"], "did you mean"),
            (["models", "pull", "vqgan-gumbel-f8"], "--trust-first-use"),
            (["models", "pull", "ldm-vq-f8"], "unpack"),
            (["render", "a", "--vqgan", "hils"], "did you mean \"hills\""),
            (["render", "a", "--clip", "openai-vit-b-32"], "atelier models pull openai-ViT-B-32"),
            (["render", "a", "--clip", "hills"], "is a vqgan"),
        ]
        for (arguments, expected) in wrong {
            let ending = try await run(arguments, in: folder, here)
            #expect(ending.code == 2 && ending.errors.contains(expected), "\(arguments): \(ending)")
            #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
        }
        #expect(try await run(["models", "remove", "hills"], in: folder, here).code == 0)
        #expect(!(try await run(["models", "list"], in: folder, here)).output.contains("hills"))
    }

    @Test(
        "A painter, two weighted CLIPs, a judge and a picture reach a worker that has nothing; the result is a local run's",
        .timeLimit(.minutes(10)))
    func travel() async throws {
        let folder = try TemporaryFolder()
        let files = try files(in: folder, "files")
        let here = ["ATELIER_MODELS": folder.url.appending(path: "models").path]
        let added = try await run(
            ["models", "add", "\(files.path)/vqgan.safetensors", "--as", "hills"], in: folder, here)
        #expect(added.code == 0, "\(added)")
        let (second, third) = (
            try self.files(in: folder, "second", variant: 1), try self.files(in: folder, "third", variant: 2)
        )
        let named = try await run(
            ["models", "add", "\(files.path)/clip.safetensors", "--as", "eye"], in: folder, here)
        #expect(named.code == 0, "\(named)")
        let template = try folder.write(
            """
            name: travel
            prompts: ["green hills"]
            settings:
              vqgan: hills
              clip: ["eye:0.5", "\(second.path)/clip.safetensors"]
              judge: \(third.path)/clip.safetensors
              start_image: \(files.path)/start.png
              size: [64, 64]
              iterations: 3
              cutouts: 4
            """, to: "travel.yaml")
        let local = try await run(
            ["run", template, "--output", "local", "--workers", "1", "--threads", "1"], in: folder, here)
        #expect(local.code == 0, "\(local.errors)")
        let coordinator = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "error"], in: folder)
        _ = try await endpoints(coordinator.output)
        let submitted = try await run(["submit", template, "--farm", "state"], in: folder, here)
        #expect(submitted.code == 0, "\(submitted.errors)")
        // Nothing of it is left but what the coordinator has.
        for files in [files, second, third] { try FileManager.default.removeItem(at: files) }
        try FileManager.default.removeItem(atPath: folder.url.appending(path: "models").path)
        // A node with an empty home needs one file.
        let join = try await run(["join", "create", "--farm", "state", "--address", "127.0.0.1"], in: folder)
        #expect(join.code == 0, "\(join)")
        let elsewhere = folder.url.appending(path: "elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        let worker = try AtelierProcess(
            ["worker", "--join", "join.json", "--name", "w1", "--threads", "1", "--log-level", "error"], in: folder,
            environment: [
                "HOME": elsewhere.path, "XDG_DATA_HOME": elsewhere.path + "/data", "ATELIER_MODELS": "",
                "XDG_CACHE_HOME": elsewhere.path + "/cache", "XDG_STATE_HOME": elsewhere.path + "/state",
            ])
        let manifest = try await state(of: "out/travel", in: folder)
        #expect(manifest?.job.state == "complete" && manifest?.tasks.map(\.attempt) == [1])
        let text = try String(contentsOf: folder.url.appending(path: "out/travel/manifest.json"), encoding: .utf8)
        #expect(text.contains("eye@sha256:") && text.contains(":0.5\""), "\(text)")
        let frames = try folder.contents(of: "out/travel/frames")
        let expected = try folder.contents(of: "local/travel/frames")
        #expect(frames.count == 1 && frames == expected)
        worker.signal(SIGTERM)
        #expect(try await worker.ending().code == 0)
        coordinator.signal(SIGTERM)
        #expect(try await coordinator.ending().code == 0)
    }

    @Test("A file that has changed since the submission fails the task, and says so", .timeLimit(.minutes(10)))
    func change() async throws {
        let folder = try TemporaryFolder()
        let files = try files(in: folder, "files")
        let template = try folder.write(
            """
            name: changed
            prompts: ["green hills"]
            settings: { start_image: \(files.path)/start.png, size: [64, 64], iterations: 2, cutouts: 2 }
            """, to: "changed.yaml")
        let coordinator = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "info"], in: folder)
        _ = try await endpoints(coordinator.output)
        let submitted = try await run(["submit", template, "--farm", "state", "--no-upload"], in: folder)
        #expect(submitted.code == 0, "\(submitted.errors)")
        try Data("other".utf8).write(to: files.appending(path: "start.png"))
        let worker = try AtelierProcess(
            [
                "worker", "--farm", "state", "--name", "w1", "--state", "w1", "--threads", "1", "--log-level",
                "error",
            ],
            in: folder)
        let waited = try await run(["submit", template, "--farm", "state", "--no-upload", "--wait"], in: folder)
        // Submitted again, the picture is not even one.
        #expect(waited.code == 2 && waited.errors.contains("start.png"), "\(waited)")
        let manifest = try await state(of: "out/changed", in: folder)
        #expect(manifest?.tasks.map(\.state) == ["failed"])
        for process in [worker, coordinator] { process.signal(SIGTERM) }
        _ = try await worker.ending()
        let log = try await coordinator.ending().errors
        #expect(log.contains("has changed"), "\(log)")
    }
}
