import FarmModel
import Foundation
import Guidance
import TensorCPU

/// The action `render`: runs the loop on this process's backend and writes the picture and the loss curve.
///
/// Models stay loaded for the next task of the same ones.
final class RenderExecution {
    private let backend: CPUBackend
    private var loaded: (key: [String], models: GuidanceModels)?

    private var planning: RenderPlanning

    /// Computes on some threads, with `memory` octets of the process in all; nil for what the machine has free.
    init(threads: Int, memory: Int? = nil) {
        backend = CPUBackend(threads: threads)
        planning = RenderPlanning(threads: threads, memory: memory)
    }

    /// Renders a task into its folder, from where its checkpoint left off if it has one.
    ///
    /// `wish` is asked between two iterations, `report` is told of progress a few times a second and of every
    /// checkpoint. Throws `EngineFailure` or `EngineStopped`.
    func run(
        _ task: EngineTask, wish: () -> EngineWish, report: (EngineEvent) -> Void
    ) throws -> EngineOutput {
        let spec: RenderSpec
        do { spec = try RenderSpec(json: task.settings) } catch { throw EngineFailure.configuration(error) }
        let clock = ContinuousClock()
        let start = clock.now
        let path: (FileReference) -> String = { task.files[$0.text] ?? $0.name }
        // Whether it fits is known before a weight is read.
        let plan = try planning.plan(spec, at: path)
        // What another kind of render had derived from the weights is no part of the plan.
        if plan.isNew { backend.letGoOfConstants(madeSince: 0) }
        if let note = plan.note { report(.note(key: task.key, message: note)) }
        let models = try models(for: spec, at: path)
        let loadSeconds = (clock.now - start) / .seconds(1)
        var candidates = Candidates(
            spec: spec, task: task, models: models, backend: backend, path: path, strategy: plan.strategy)
        let resumed = try candidates.resume()
        let (best, score) = try candidates.render(wish: wish, report: report)
        var output = try RenderOutputs(task: task, models: models, backend: backend.name).write(best, score: score)
        output.metrics["model_load_seconds"] = loadSeconds
        output.facts.merge(plan.facts) { own, _ in own }
        output.metrics["resumed_at_iteration"] = resumed.map(Double.init)
        return output
    }

    private func models(
        for spec: RenderSpec, at path: (FileReference) -> String
    ) throws -> GuidanceModels {
        if let loaded, loaded.key == spec.modelKey { return loaded.models }
        loaded = nil
        do {
            let models = try GuidanceModels.load(for: spec, on: backend, at: path)
            loaded = (spec.modelKey, models)
            return models
        } catch {
            throw EngineFailure(ofPreparation: error)
        }
    }
}

/// The pictures of one task, rendered one after another; the best stays.
private struct Candidates {
    let spec: RenderSpec
    let task: EngineTask
    let models: GuidanceModels
    let backend: CPUBackend
    let path: (FileReference) -> String
    let strategy: MemoryStrategy

    /// A candidate that has ended.
    private struct Ended {
        var index: Int
        var result: RenderResult
        var score: Double?
        var end: RenderCheckpoint
    }

    /// The one to go on with, and its loop if it has begun.
    private var next = 0
    private var begun: RenderLoop?
    private var best: Ended?

    init(
        spec: RenderSpec, task: EngineTask, models: GuidanceModels, backend: CPUBackend,
        path: @escaping (FileReference) -> String, strategy: MemoryStrategy
    ) {
        self.strategy = strategy
        (self.spec, self.task, self.models, self.backend, self.path) = (spec, task, models, backend, path)
    }

    private var count: Int { spec.judging.bestOf ?? 1 }

    /// Iterations done, when the present candidate has done so many.
    private func overall(_ index: Int, _ iteration: Int) -> Int { index * spec.iterations + iteration }

    /// Takes up the checkpoint that the task names.
    ///
    /// Returns the iterations that are done already, nil without a checkpoint; throws `EngineFailure` of the kind
    /// `checkpoint` if it cannot be used, since there is an older one where it came from.
    mutating func resume() throws -> Int? {
        guard let file = task.resume else { return nil }
        do {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            let checkpoint = try TaskCheckpoint(decoding: bytes)
            guard checkpoint.candidate < count, (checkpoint.best?.candidate ?? -1) < checkpoint.candidate,
                (checkpoint.best == nil) == (checkpoint.candidate == 0)
            else { throw RenderError.foreignCheckpoint("it is of another number of candidates") }
            let loop = try makeLoop(checkpoint.candidate, resuming: checkpoint.present)
            if let former = checkpoint.best {
                let result = try makeLoop(former.candidate, resuming: former.end).result()
                best = Ended(index: former.candidate, result: result, score: former.score, end: former.end)
            }
            (next, begun) = (checkpoint.candidate, loop)
            return overall(next, loop.steps.count)
        } catch {
            throw EngineFailure(.checkpoint, "\(error)")
        }
    }

    /// Renders what is left; the best picture and its score, nil where there is nothing to choose from.
    mutating func render(
        wish: () -> EngineWish, report: (EngineEvent) -> Void
    ) throws -> (RenderResult, score: Double?) {
        var writer = task.checkpoints.map(CheckpointWriter.init)
        for index in next..<count {
            var loop: RenderLoop
            do { loop = try begun ?? makeLoop(index) } catch { throw EngineFailure(ofPreparation: error) }
            begun = nil
            try run(&loop, index, &writer, wish: wish, report: report)
            let result = loop.result()
            let score: Double?
            do {
                score = try models.score(of: result.image, for: loop.spec)
            } catch {
                throw EngineFailure(ofPreparation: error)
            }
            // Of equal scores the first stays.
            if best == nil || score ?? 0 > best?.score ?? 0 {
                best = Ended(index: index, result: result, score: score, end: loop.checkpoint())
            }
        }
        guard let best else { preconditionFailure("a render makes a picture") }
        return (best.result, best.score)
    }

    private func run(
        _ loop: inout RenderLoop, _ index: Int, _ writer: inout CheckpointWriter?, wish: () -> EngineWish,
        report: (EngineEvent) -> Void
    ) throws {
        var pace = Pace()
        while !loop.isFinished {
            let wish = wish()
            if wish == .stop { throw EngineStopped() }
            let done = overall(index, loop.steps.count)
            if loop.steps.count + index > 0, wish == .suspend || writer?.isDue == true {
                let state = loop
                if let dropped = try writer?.write({ encoded(state, index) }, iteration: done) {
                    report(.checkpoint(key: task.key, dropped))
                }
            }
            if wish == .suspend { throw EngineStopped() }
            let step: StepReport
            do {
                step = try loop.step()
            } catch {
                // The same task diverges the same way everywhere: no retry can help.
                throw EngineFailure.configuration(error)
            }
            guard let rate = pace.tick() else { continue }
            report(
                .progress(
                    key: task.key, iteration: overall(index, step.iteration), iterations: count * spec.iterations,
                    loss: step.loss, rate: rate))
        }
    }

    private func encoded(_ loop: RenderLoop, _ index: Int) -> [UInt8] {
        let former = best.map { TaskCheckpoint.Best(candidate: $0.index, score: $0.score ?? 0, end: $0.end) }
        return TaskCheckpoint(candidate: index, present: loop.checkpoint(), best: former).encoded()
    }

    private func makeLoop(_ index: Int, resuming checkpoint: RenderCheckpoint? = nil) throws -> RenderLoop {
        let spec = spec.candidate(index)
        return try RenderLoop(
            spec: spec, models: models, backend: backend, pictures: try RenderPictures(of: spec, at: path),
            resuming: checkpoint, strategy: strategy)
    }
}
