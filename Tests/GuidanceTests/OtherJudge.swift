import Checkpoints
import Foundation
import Guidance
import StarterModel

/// The starter's CLIP with another image projection: a second opinion, in a folder of its own.
final class OtherJudge {
    let folder: String
    /// Its weights; configuration and vocabulary lie beside them.
    var path: String { "\(folder)/other.safetensors" }

    init() throws {
        folder = NSTemporaryDirectory() + "judge-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let starter = try StarterModel()
        for (source, name) in [
            (starter.clipConfiguration, "other.json"), ("\(starter.folder)/bpe_vocab.txt.gz", "bpe_vocab.txt.gz"),
        ] { try FileManager.default.copyItem(atPath: source, toPath: "\(folder)/\(name)") }
        let file = try openCheckpoint(at: starter.clipCheckpoint)
        let tensors = try file.names.map { name in
            var tensor = try file.tensor(named: name)
            if name == "visual.proj" {
                let values = tensor.values.enumerated().map { $1 + 0.02 * Float($0 % 7) - 0.06 }
                tensor = HostTensor(shape: tensor.shape, values: values)
            }
            return (name: name, tensor: tensor)
        }
        try Data(SafetensorsWriter.encode(tensors)).write(to: URL(fileURLWithPath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}
