import FarmModel
import FarmStore
import Foundation
import OrderedCollections
import Testing

@Suite("Manifest")
struct ManifestTests {
    private static let generator = Manifest.Generator(name: "atelier", version: "1.2.3")

    /// A farm with a job of six tasks, one in each state a manifest can show, and everything published.
    private struct Fixture {
        let folder: TemporaryFolder
        let farm: FarmStore
        let job = JobID(1)

        init() throws {
            folder = try TemporaryFolder()
            farm = try store(in: folder)
            let picture = try farm.blobs.insert(Array("picture".utf8))
            let failure = Failure(.configuration, "no such model: \"vqgan\"")
            try farm.commit([
                try submitted(tasks: 6),
                .attemptStarted(try lease(1, 0, 1), at: time(2_000)),
                .attemptFailed(try lease(1, 0, 1), Failure(.infrastructure, "lost"), at: time(2_500)),
                .attemptStarted(try lease(1, 0, 2, "w2"), at: time(3_000)),
                .taskSucceeded(
                    try lease(1, 0, 2, "w2"),
                    TaskResult(
                        artifacts: [Artifact(name: "0001.png", kind: .frame, byteCount: 7, digest: picture)],
                        metrics: ["final_loss": .nan, "iterations": 200, "peak": .infinity, "mean": 0.125],
                        facts: [
                            "engine": "0.9", "backend": "cpu/openblas", "vqgan_sha256": "\(picture)", "host": "n1",
                        ], wallMilliseconds: 1_234), at: time(4_001)),
                .attemptStarted(try lease(1, 1, 1), at: time(2_000)),
                .taskFailed(TaskID(job: job, index: 1), failure, at: time(2_100)),
                .taskFailed(TaskID(job: job, index: 2), failure, at: time(2_200)),
                .attemptStarted(try lease(1, 3, 1), at: time(2_000)),
                .attemptStarted(try lease(1, 4, 1), at: time(2_000)),
                .attemptFailed(try lease(1, 4, 1), Failure(.busy, "no room"), at: time(2_500)),
            ])
            let publisher = Publisher(output: folder("out"), blobs: farm.blobs)
            for result in try farm.unpublished() { try publisher.publish(result) }
        }

        func manifest(_ state: Manifest.State = .running) throws -> Manifest {
            try farm.manifest(of: job, state: state, generator: ManifestTests.generator)
        }

        func write(_ state: Manifest.State = .running, files: [Manifest.File] = []) throws -> String {
            let written = try farm.writeManifest(
                of: job, state: state, generator: ManifestTests.generator, files: files, output: folder("out"))
            #expect(written?.state == state)
            return folder("out/harbor/manifest.json")
        }
    }

    @Test("Every ended or running task is told in full, waiting ones are counted")
    func content() throws {
        let manifest = try Fixture().manifest()
        #expect(manifest.job.counts == .init(failed: 2, running: 1, succeeded: 1, total: 6, waiting: 2))
        #expect(manifest.job.submittedAt == "1970-01-01T00:00:01.000Z")
        #expect(manifest.job.finishedAt == nil)
        #expect(manifest.job.steps == [.init(action: "render", dependsOn: [], name: "paint", tasks: 6)])
        #expect(manifest.tasks.map(\.index) == [0, 1, 2, 3])
        #expect(manifest.tasks.map(\.state) == [.succeeded, .failed, .failed, .running])
        #expect(manifest.tasks.map(\.attempt) == [2, 1, 0, 1])
        let first = manifest.tasks[0]
        #expect(first.worker == "w2" && first.engine == "0.9" && first.backend == "cpu/openblas")
        #expect(first.label == "0001-a-quiet-harbor-at-dawn-s0" && first.step == "paint")
        #expect(first.prompt == "a quiet harbor at dawn" && first.seed == 0)
        #expect(first.settings["width"] == .integer(64) && first.settings.count == 3)
        #expect(first.startedAt == "1970-01-01T00:00:03.000Z" && first.finishedAt == "1970-01-01T00:00:04.001Z")
        #expect(first.wallSeconds == 1.234)
        #expect(first.metrics == ["final_loss": nil, "iterations": 200, "peak": nil, "mean": 0.125])
        #expect(first.nonFinite == ["final_loss", "peak"])
        #expect(first.models.keys.sorted() == ["vqgan_sha256"] && first.facts == ["host": "n1"])
        #expect(first.files.map(\.path) == ["frames/0001.png"])
        #expect(
            manifest.tasks[1].failure == .init(failureClass: "configuration", message: "no such model: \"vqgan\""))
        #expect(manifest.tasks[2].worker == nil && manifest.tasks[2].finishedAt == "1970-01-01T00:00:02.200Z")
        #expect(manifest.tasks[3].finishedAt == nil)
    }

    @Test("After a cancellation what was tried is told and the rest counted as cancelled")
    func cancelled() throws {
        let f = try Fixture()
        try f.farm.commit([.jobCancelled(f.job, at: time(9_000))])
        let manifest = try f.manifest(.cancelled)
        #expect(manifest.job.counts == .init(cancelled: 3, failed: 2, succeeded: 1, total: 6))
        #expect(manifest.job.finishedAt == "1970-01-01T00:00:09.000Z")
        #expect(manifest.tasks.map(\.state) == [.succeeded, .failed, .failed, .cancelled, .cancelled])
        #expect(manifest.tasks[3].finishedAt == "1970-01-01T00:00:09.000Z")
    }

    @Test("Tasks that can never begin count as failed, as their coordinator counts them")
    func lost() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        func step(_ name: String, _ tasks: Int, after: [String] = [], isChain: Bool = false) -> StepSpec {
            StepSpec(
                name: name, action: .noop, dependsOn: after,
                space: ParameterSpace(axes: [
                    .init(name: "n", values: (0..<tasks).map { ["n": .integer(Int64($0))] })
                ]), isChain: isChain)
        }
        // A broken chain of four, what waits for it, what waits for that, and a step that has nothing to do with it.
        let spec = JobSpec(
            name: "harbor",
            steps: [
                step("film", 4, isChain: true), step("sound", 2, after: ["film"]), step("cut", 3, after: ["sound"]),
                step("poster", 1),
            ])
        let none = TaskResult(artifacts: [], wallMilliseconds: 1)
        try farm.commit([
            .jobSubmitted(JobID(1), spec, key: try digest(1), at: time(1)),
            .attemptStarted(try lease(1, 0, 1), at: time(2)),
            .taskSucceeded(try lease(1, 0, 1), none, at: time(3)),
            .attemptStarted(try lease(1, 1, 1), at: time(4)),
            .taskFailed(TaskID(job: JobID(1), index: 1), Failure(.task, "black"), at: time(5)),
        ])
        func job() throws -> Manifest.Job {
            try farm.manifest(of: JobID(1), generator: Self.generator).job
        }
        #expect(try job().state == .running && job().counts.waiting == 1)
        try farm.commit([
            .attemptStarted(try lease(1, 9, 1), at: time(6)), .taskSucceeded(try lease(1, 9, 1), none, at: time(7)),
        ])
        #expect(try job().counts == .init(failed: 8, succeeded: 2, total: 10))
        #expect(try job().state == .failed && job().finishedAt == "1970-01-01T00:00:00.007Z")
    }

    @Test("What is written satisfies the schema and reads back equal", arguments: Manifest.State.allCases)
    func schema(state: Manifest.State) throws {
        let f = try Fixture()
        try Data("sheet".utf8).write(to: URL(fileURLWithPath: f.folder("out/harbor/contact.png")))
        let sheet = try Manifest.File(path: "contact.png", kind: .contactSheet, in: f.folder("out/harbor"))
        let data = try Data(contentsOf: URL(fileURLWithPath: try f.write(state, files: [sheet])))
        let problems = try ManifestTests.checker().problems(try JSONSerialization.jsonObject(with: data))
        #expect(problems == [])
        var expected = try f.manifest(state)
        expected.job.files = [sheet]
        #expect(try Manifest(decoding: data, at: "test") == expected)
        #expect(try expected.encoded() == data)
    }

    @Test("The checker notices what breaks the schema")
    func schemaBites() throws {
        let text = String(decoding: try Fixture().manifest().encoded(), as: UTF8.self)
        for (old, new) in [
            ("\"schema_version\":1", "\"schema_version\":2"), ("\"state\":\"succeeded\"", "\"state\":\"done\""),
            ("\"running\":1", "\"running\":-1"), ("\"step\":\"paint\"", "\"stop\":\"paint\""),
            ("frames/0001.png", "../0001.png"), ("1970-01-01T00:00:01.000Z", "yesterday"),
            ("\"final_loss\":null", "\"final_loss\":\"nan\""), ("\"width\":64", "\"width\":{}"),
            ("\"seed\":0,\"settings\"", "\"seed\":0.5,\"settings\""),
        ] {
            #expect(text.contains(old), "\(old) is not there to be broken")
            let broken = try JSONSerialization.jsonObject(
                with: Data(text.replacingOccurrences(of: old, with: new).utf8))
            #expect(try !ManifestTests.checker().problems(broken).isEmpty, "\(new) went unnoticed")
        }
    }

    @Test("R11: Equal states give equal bytes, and a failed write leaves the old manifest")
    func deterministic() throws {
        let f = try Fixture()
        let path = try f.write()
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try Data(contentsOf: URL(fileURLWithPath: try f.write())) == first)
        #expect(
            try storeError { _ = try f.farm.manifest(of: JobID(9), state: .running, generator: Self.generator) }.reason
                == .notFound)
        try FileManager.default.createDirectory(
            atPath: f.folder("out/harbor/.manifest.json.part"), withIntermediateDirectories: true)
        #expect(throws: StoreError.self) { try f.write(.failed) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    }

    @Test("R11: The verifier finds missing, short, changed, foreign and repeated files")
    func verifier() throws {
        let f = try Fixture()
        let path = try f.write()
        let good = try ManifestVerifier.verify(path)
        #expect(good.isIntact && good.verified == 1 && good.verifiedBytes == 7 && good.unlisted == [])

        let picture = f.folder("out/harbor/frames/0001.png")
        func put(_ text: String) throws {
            try? FileManager.default.removeItem(atPath: picture)
            try Data(text.utf8).write(to: URL(fileURLWithPath: picture))
        }
        try put("pic")
        #expect(try ManifestVerifier.verify(path).problems.map(\.kind) == [.size(expected: 7, found: 3)])
        try put("picturE")
        guard case .digest? = try ManifestVerifier.verify(path).problems.first?.kind else {
            Issue.record("a changed file went unnoticed")
            return
        }
        try FileManager.default.moveItem(atPath: picture, toPath: f.folder("out/harbor/frames/0002.png"))
        let moved = try ManifestVerifier.verify(path)
        #expect(moved.problems.map(\.kind) == [.missing] && moved.unlisted == ["frames/0002.png"])

        var manifest = try f.manifest()
        let file = manifest.tasks[0].files[0]
        var escaping = file
        escaping.path = "../../state/farm.sqlite"
        manifest.tasks[0].files = [file, file, escaping]
        try put("picture")
        try manifest.encoded().write(to: URL(fileURLWithPath: path))
        #expect(try ManifestVerifier.verify(path).problems.map(\.kind) == [.listedTwice, .unsafePath])
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try storeError { _ = try ManifestVerifier.verify(path) }.reason == .corrupt)
        try Data("{\"schema_version\":2}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try storeError { _ = try ManifestVerifier.verify(path) }.reason == .newerVersion)
        #expect(try storeError { _ = try ManifestVerifier.verify(path + "x") }.reason == .notFound)
    }

    @Test(
        "Times are written as ISO 8601",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_123, "2024-02-29T23:59:59.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_785_542_399_999, "2026-07-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        #expect(time(milliseconds).iso8601 == text)
    }

    private static func checker() throws -> SchemaChecker {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("protocols/manifest.schema.json")
        let schema = try JSONSerialization.jsonObject(with: try Data(contentsOf: file))
        return SchemaChecker(root: try #require(schema as? [String: Any]))
    }
}
