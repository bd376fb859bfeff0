import FarmModel
import Foundation
import Guidance
import Imaging

/// Writes what a render task leaves: the picture with its metadata, the loss curve, numbers and words about them.
struct RenderOutputs {
    let task: EngineTask
    let models: GuidanceModels
    /// Name of the tensor backend.
    let backend: String

    /// Writes the files; throws `EngineFailure` of the kind `storage` if the disk does not take them.
    func write(_ result: RenderResult, score: Double?) throws -> EngineOutput {
        let folder = URL(fileURLWithPath: task.folder)
        let (picture, curve) = (task.label + ".png", task.label + ".csv")
        do {
            try result.image.write(
                pngTo: folder.appending(path: picture).path,
                text: [
                    ("Software", "Atelier \(Version.current)"), ("Description", result.spec.prompt),
                    ("atelier:spec", try result.spec.canonicalJSON()), ("atelier:backend", backend),
                    ("atelier:models", models.files.map { "\($0.role.rawValue)=\($0.sha256)" }.joined(separator: " ")),
                ] + (score.map { [("atelier:score", "\($0)")] } ?? []))
            try Data(result.lossCSV().utf8).write(to: folder.appending(path: curve))
        } catch {
            throw EngineFailure(.storage, "cannot write the outputs: \(error)")
        }
        let losses = result.steps.map { Double($0.loss) }
        var metrics = [
            ResultKey.finalLoss: losses.last ?? .nan, "first_loss": losses.first ?? .nan,
            "lowest_loss": losses.min() ?? .nan,
            "iterations": Double(losses.count),
        ]
        metrics["score"] = score
        return EngineOutput(
            files: [.init(name: picture, kind: "frame"), .init(name: curve, kind: "losses")], metrics: metrics,
            facts: facts(of: result, score: score), wallMilliseconds: 0)
    }

    private func facts(of result: RenderResult, score: Double?) -> [String: String] {
        var facts = [ResultKey.engine: Version.current, ResultKey.backend: backend]
        for file in models.files {
            // Several judges have several files of a role: the second is `clip_weights_2_sha256`.
            func name(_ number: Int) -> String {
                file.role.rawValue + (number == 1 ? "" : "_\(number)") + ResultKey.digestSuffix
            }
            let free = (1...).first { facts[name($0)] == nil } ?? 1
            facts[name(free)] = file.sha256
        }
        // Of several candidates the best has a seed of its own.
        if score != nil { facts["rendered_seed"] = "\(result.spec.seed)" }
        return facts
    }
}
