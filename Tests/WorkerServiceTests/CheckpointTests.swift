import Foundation
import Guidance
import StarterModel
import Testing

@testable import WorkerService

/// A render task goes on from a checkpoint, in another process, as if it had not been interrupted.
struct CheckpointTests {
    /// A folder with a task's outputs and its checkpoints.
    private final class Bench {
        let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-ckpt-\(UUID().uuidString)").path

        init() throws {
            for name in ["out", "scratch"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// Runs a task on an engine that has never seen it, up to an iteration; what it wrote, or its last checkpoint.
        func run(
            _ settings: String, action: String = "render", resume: String? = nil, suspendAfter wishes: Int = .max
        ) throws -> (output: EngineOutput?, files: [Data], checkpoints: [EngineCheckpoint], notes: [String]) {
            let out = "\(folder)/out"
            try FileManager.default.removeItem(atPath: out)
            try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            let task = EngineTask(
                key: "1/0#1", action: action, label: "0001", settings: settings, folder: out, resume: resume,
                checkpoints: .init(folder: "\(folder)/scratch", everyMilliseconds: nil))
            var asked = 0
            var (checkpoints, notes) = ([EngineCheckpoint](), [String]())
            let wish = { () -> EngineWish in
                asked += 1
                return asked > wishes ? .suspend : .goOn
            }
            let report = { (event: EngineEvent) in
                if case .checkpoint(_, let checkpoint) = event { checkpoints.append(checkpoint) }
                if case .note(_, let message) = event { notes.append(message) }
            }
            var output: EngineOutput?
            do {
                output =
                    action == "noop"
                    ? try NoopExecution.run(task, wish: wish, report: report)
                    : try RenderExecution(threads: 1).run(task, wish: wish, report: report)
            } catch is EngineStopped {}
            let files = try (output?.files ?? []).map {
                try Data(contentsOf: URL(fileURLWithPath: "\(out)/\($0.name)"))
            }
            return (output, files, checkpoints, notes)
        }

        func path(_ checkpoint: EngineCheckpoint) -> String { "\(folder)/scratch/\(checkpoint.file)" }
    }

    private static let common = #""start":"random","cutouts":2,"size":[32,32],"seed":3,"learning_rate":0.05"#

    @Test(
        "Picture and loss curve are the same bytes, however often the task was interrupted",
        arguments: [
            #""prompt":"a red flower","iterations":5,"latent_average":0.9,"keep_best":true"#,
            #""prompt":"sun ^ moon","story_every":2,"story_blend":1,"iterations":5,"image_prompts":[]"#,
            #""prompt":"a red flower","iterations":60,"plateau_iterations":1,"plateau_improvement":5"#,
            #""prompt":"a red flower","iterations":3,"best_of":3,"judge":"JUDGE""#,
        ])
    func sameBytes(settings: String) throws {
        let bench = try Bench()
        let judge = try OtherStarter(in: bench.folder)
        let settings = "{" + settings.replacingOccurrences(of: "JUDGE", with: judge.path) + "," + Self.common + "}"
        let whole = try bench.run(settings)
        #expect(whole.files.count == 2 && whole.output?.metrics["resumed_at_iteration"] == nil)
        var part = try bench.run(settings, suspendAfter: 1)
        var interruptions = 0
        while part.output == nil {
            let checkpoint = try #require(part.checkpoints.last)
            #expect(checkpoint.iteration > interruptions)
            interruptions = checkpoint.iteration
            part = try bench.run(settings, resume: bench.path(checkpoint), suspendAfter: 2)
            #expect(part.notes == [])
        }
        #expect(interruptions >= 3)
        let isSame = part.files == whole.files
        #expect(isSame)
        #expect(part.output?.metrics["final_loss"] == whole.output?.metrics["final_loss"])
        #expect(part.output?.metrics["score"] == whole.output?.metrics["score"])
        #expect(part.output?.metrics["resumed_at_iteration"] == Double(interruptions))
    }

    @Test("Every optimiser goes on with its moments", arguments: OptimizerName.allCases)
    func optimizers(optimizer: OptimizerName) throws {
        let bench = try Bench()
        let settings =
            #"{"prompt":"a red flower","iterations":4,"optimizer":"\#(optimizer.rawValue)","# + Self.common + "}"
        let whole = try bench.run(settings)
        let part = try bench.run(settings, suspendAfter: 2)
        let rest = try bench.run(settings, resume: bench.path(try #require(part.checkpoints.last)))
        let isSame = rest.files == whole.files
        #expect(isSame && part.checkpoints.map(\.iteration) == [2])
    }

    @Test("A checkpoint that is damaged, of another render or gone is said to be unreadable: an older one may do")
    func unusable() throws {
        let bench = try Bench()
        let settings = #"{"prompt":"a red flower","iterations":2,"# + Self.common + "}"
        let part = try bench.run(settings, suspendAfter: 1)
        let path = bench.path(try #require(part.checkpoints.last))
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        var flipped = good
        flipped[good.count / 2] ^= 1
        for (name, bytes) in [("flipped", flipped), ("short", good.dropLast(5)), ("empty", Data()), ("gone", nil)] {
            let file = "\(bench.folder)/\(name)"
            if let bytes { try bytes.write(to: URL(fileURLWithPath: file)) }
            for action in ["render", "noop"] {
                let failure = #expect(throws: EngineFailure.self, "\(name) of a \(action)") {
                    try bench.run(action == "noop" ? "{}" : settings, action: action, resume: file)
                }
                #expect(failure?.kind == .checkpoint)
            }
        }
        let other = #expect(throws: EngineFailure.self) {
            try bench.run(settings.replacingOccurrences(of: "flower", with: "house"), resume: path)
        }
        #expect(other?.kind == .checkpoint)
    }

    @Test("What is to stop before the first iteration leaves no checkpoint")
    func tooEarly() throws {
        let bench = try Bench()
        let settings = #"{"prompt":"a red flower","iterations":2,"# + Self.common + "}"
        let part = try bench.run(settings, suspendAfter: 0)
        #expect(part.output == nil && part.checkpoints.isEmpty)
    }

    @Test("A no-op task goes on from its checkpoint")
    func noop() throws {
        let bench = try Bench()
        let part = try bench.run(#"{"milliseconds":3600000}"#, action: "noop", suspendAfter: 3)
        let checkpoint = try #require(part.checkpoints.last)
        #expect(part.output == nil && checkpoint.iteration > 0)
        let file = "\(bench.folder)/late"
        try Data("noop 3600000\n".utf8).write(to: URL(fileURLWithPath: file))
        let rest = try bench.run(#"{"milliseconds":3600000}"#, action: "noop", resume: file)
        #expect(rest.output?.metrics["resumed_at_iteration"] == 360_000 && rest.files.count == 1)
    }

    @Test("A file of a task's state is read back as it was written")
    func format() throws {
        let bench = try Bench()
        let judge = try OtherStarter(in: bench.folder)
        let settings =
            #"{"prompt":"a red flower","iterations":2,"best_of":2,"judge":"\#(judge.path)","# + Self.common + "}"
        let part = try bench.run(settings, suspendAfter: 3)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: bench.path(try #require(part.checkpoints.last)))))
        let read = try TaskCheckpoint(decoding: bytes)
        #expect(read.candidate == 1 && read.best?.candidate == 0 && read.present.iteration == 1)
        #expect(read.encoded() == bytes)
    }
}

/// A judge that is another model as far as anybody can tell: the last weight of the starter's CLIP differs.
struct OtherStarter {
    let path: String

    init(in folder: String) throws {
        let starter = try StarterModel()
        var weights = try Data(contentsOf: URL(fileURLWithPath: starter.clipCheckpoint))
        weights[weights.count - 3] ^= 1
        path = folder + "/judge.safetensors"
        try weights.write(to: URL(fileURLWithPath: path))
        try FileManager.default.copyItem(atPath: starter.clipConfiguration, toPath: folder + "/judge.json")
        try FileManager.default.copyItem(
            atPath: starter.folder + "/bpe_vocab.txt.gz", toPath: folder + "/bpe_vocab.txt.gz")
    }
}
