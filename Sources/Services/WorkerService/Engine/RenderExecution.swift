import FarmModel
import Foundation
import Guidance
import Imaging
import TensorCPU

/// The action `render`: runs the loop on this process's backend and writes the picture and the loss curve.
///
/// Models stay loaded for the next task of the same ones.
final class RenderExecution {
    private let backend: CPUBackend
    private var loaded: (key: [String], models: GuidanceModels)?

    init(threads: Int) { backend = CPUBackend(threads: threads) }

    /// Renders a task into its folder.
    ///
    /// `shouldStop` is asked between two iterations, `progress` is told a few times a second. Throws `EngineFailure`
    /// or `EngineStopped`.
    func run(
        _ task: EngineTask, shouldStop: () -> Bool, progress: (EngineEvent) -> Void
    ) throws -> EngineOutput {
        let spec: RenderSpec
        do {
            spec = try RenderSpec(json: task.settings)
        } catch {
            throw EngineFailure(failureClass: "configuration", message: "\(error)")
        }
        let clock = ContinuousClock()
        let start = clock.now
        let path: (FileReference) -> String = { task.files[$0.text] ?? $0.name }
        let models = try models(for: spec, at: path)
        let loadSeconds = (clock.now - start) / .seconds(1)
        var pace = Pace(clock: clock)
        var best: (result: RenderResult, score: Double?)?
        for index in 0..<(spec.judging.bestOf ?? 1) {
            let candidate = spec.candidate(index)
            var loop = try makeLoop(candidate, models, at: path)
            while !loop.isFinished {
                if shouldStop() { throw EngineStopped() }
                let report: StepReport
                do {
                    report = try loop.step()
                } catch {
                    // The same task diverges the same way everywhere: no retry can help.
                    throw EngineFailure(failureClass: "configuration", message: "\(error)")
                }
                if let rate = pace.tick() {
                    progress(
                        .progress(
                            key: task.key, iteration: index * spec.iterations + report.iteration,
                            iterations: (spec.judging.bestOf ?? 1) * spec.iterations, loss: report.loss, rate: rate))
                }
            }
            let result = loop.result()
            let score: Double?
            do {
                score = try models.score(of: result.image, for: candidate)
            } catch {
                throw EngineFailure(failureClass: "configuration", message: "\(error)")
            }
            // Of equal scores the first stays.
            if best == nil || score ?? 0 > best?.score ?? 0 { best = (result, score) }
        }
        guard let best else { preconditionFailure("a render makes a picture") }
        return try write(best.result, score: best.score, of: task, models, loadSeconds: loadSeconds)
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
            throw EngineFailure(failureClass: "configuration", message: "\(error)")
        }
    }

    private func makeLoop(
        _ spec: RenderSpec, _ models: GuidanceModels, at path: (FileReference) -> String
    ) throws -> RenderLoop {
        do {
            return try RenderLoop(
                spec: spec, models: models, backend: backend, pictures: try RenderPictures(of: spec, at: path))
        } catch {
            throw EngineFailure(failureClass: "configuration", message: "\(error)")
        }
    }

    private func write(
        _ result: RenderResult, score: Double?, of task: EngineTask, _ models: GuidanceModels, loadSeconds: Double
    ) throws -> EngineOutput {
        let folder = URL(fileURLWithPath: task.folder)
        let (picture, curve) = (task.label + ".png", task.label + ".csv")
        do {
            try result.image.write(
                pngTo: folder.appending(path: picture).path,
                text: [
                    ("Software", "Atelier \(Version.current)"), ("Description", result.spec.prompt),
                    ("atelier:spec", try result.spec.canonicalJSON()), ("atelier:backend", backend.name),
                    ("atelier:models", models.files.map { "\($0.role.rawValue)=\($0.sha256)" }.joined(separator: " ")),
                ] + (score.map { [("atelier:score", "\($0)")] } ?? []))
            try Data(result.lossCSV().utf8).write(to: folder.appending(path: curve))
        } catch {
            throw EngineFailure(failureClass: "infrastructure", message: "cannot write the outputs: \(error)")
        }
        let losses = result.steps.map { Double($0.loss) }
        var facts = ["engine": Version.current, "backend": backend.name]
        for file in models.files {
            // Several judges have several files of a role: the second is `clip_weights_2_sha256`.
            let name = file.role.rawValue
            let taken = (1...).first { facts["\(name)\($0 == 1 ? "" : "_\($0)")_sha256"] == nil } ?? 1
            facts["\(name)\(taken == 1 ? "" : "_\(taken)")_sha256"] = file.sha256
        }
        // Of several candidates the best has a seed of its own.
        if score != nil { facts["rendered_seed"] = "\(result.spec.seed)" }
        var metrics = [
            "final_loss": losses.last ?? .nan, "first_loss": losses.first ?? .nan, "lowest_loss": losses.min() ?? .nan,
            "iterations": Double(losses.count), "model_load_seconds": loadSeconds,
        ]
        metrics["score"] = score
        return EngineOutput(
            files: [.init(name: picture, kind: "frame"), .init(name: curve, kind: "losses")], metrics: metrics,
            facts: facts, wallMilliseconds: 0)
    }
}

/// Decides when progress is due, and how fast it goes.
private struct Pace {
    private let clock: ContinuousClock
    private var lastReport: ContinuousClock.Instant
    private var steps = 0
    private var rate: Float = 0

    init(clock: ContinuousClock) {
        self.clock = clock
        lastReport = clock.now
    }

    /// Counts a step; the rate in steps per second if a report is due.
    mutating func tick() -> Float? {
        steps += 1
        let passed = clock.now - lastReport
        guard passed >= Limits.progressInterval else { return nil }
        rate = Float(Double(steps) / (passed / .seconds(1)))
        (lastReport, steps) = (clock.now, 0)
        return rate
    }
}
