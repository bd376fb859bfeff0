import CLIP
import Checkpoints
import Foundation
import TensorCore

/// The small files that belong to a checkpoint: its hyperparameters, its vocabulary, the scale of its pictures.
public struct ModelCompanions: Hashable, Sendable {
    /// YAML of a painter, JSON of a judge; nil where everything comes from the weights.
    public var configuration: String?
    /// A judge's vocabulary; nil takes what the configuration names, or the published one.
    public var vocabulary: String?
    /// Mean and deviation of a judge's pictures, which Hugging Face keeps in a file of their own.
    public var preprocessing: String?

    /// Names the files.
    public init(configuration: String? = nil, vocabulary: String? = nil, preprocessing: String? = nil) {
        self.configuration = configuration
        self.vocabulary = vocabulary
        self.preprocessing = preprocessing
    }

    /// Paths of all that there are.
    public var paths: [String] { [configuration, vocabulary, preprocessing].compactMap { $0 } }

    /// What lies beside a checkpoint: the one place that says where loaders and the store look.
    ///
    /// Beside `x.safetensors` a painter's configuration is `x.yaml`, `model.yaml` or `config.yaml`, a judge's `x.json`,
    /// `config.json` or `open_clip_config.json`, the first that is there; beside a file of OpenCLIP's, its own form
    /// comes first of the last two. A judge's vocabulary is what its configuration names, and with one of Hugging
    /// Face's form belongs `preprocessor_config.json`.
    public static func beside(_ weights: String, kind: InstalledModel.Kind) -> ModelCompanions {
        let url = URL(fileURLWithPath: weights)
        let stem = url.deletingPathExtension().lastPathComponent
        let names =
            switch kind {
            case .vqgan: ["\(stem).yaml", "model.yaml", "config.yaml"]
            case .clip where stem.contains("open_clip"): ["\(stem).json", "open_clip_config.json", "config.json"]
            case .clip: ["\(stem).json", "config.json", "open_clip_config.json"]
            }
        let folder = url.deletingLastPathComponent()
        let found = names.map { folder.appending(path: $0).path }.first {
            FileManager.default.fileExists(atPath: $0)
        }
        guard kind == .clip, let found else { return ModelCompanions(configuration: found) }
        return ModelCompanions(judge: found)
    }

    /// A judge's configuration and what belongs to it.
    public init(judge configuration: String) {
        self.init(
            configuration: configuration, vocabulary: ModelCompanions.vocabulary(namedBy: configuration),
            preprocessing: ModelCompanions.preprocessing(beside: configuration))
    }

    /// Where loaders look for the scale of a Hugging Face model's pictures; nil if that file does not matter.
    private static func preprocessing(beside configuration: String) -> String? {
        let path = FileSystem.folder(of: configuration) + "/" + preprocessingName
        guard FileManager.default.fileExists(atPath: path), let file = try? Configuration.read(configuration),
            file["vision_config"] != nil || file["text_config"] != nil
        else { return nil }
        return path
    }

    static let preprocessingName = "preprocessor_config.json"

    /// The nonlinearity that a judge's configuration states; nil without one, or one that cannot be used, which loading
    /// says.
    public func activation(of weights: String) -> InstalledModel.Activation? {
        guard let configuration, let checkpoint = try? openCheckpoint(at: weights),
            let stated = try? CLIPConfiguration(path: configuration, of: checkpoint)
        else { return nil }
        return stated.text.activation == .gelu ? .gelu : .quickGELU
    }

    /// The vocabulary that a judge's configuration names; nil if it names none or cannot be read, which loading says.
    static func vocabulary(namedBy configuration: String) -> String? {
        guard let file = try? Configuration.read(configuration), let name = try? file.textIfGiven("bpe"),
            !name.isEmpty, !name.contains("/")
        else { return nil }
        return FileSystem.folder(of: configuration) + "/" + name
    }
}

extension IncomingFile {
    /// The files of a model under the names that loaders look for, whatever they are called now.
    ///
    /// - Parameters:
    ///   - weights: where the checkpoint lies.
    ///   - name: what the checkpoint was called, for its suffix; by default its name.
    ///   - companions: what belongs to it.
    ///   - kind: what it is for.
    ///   - areOurs: whether the store may take the files themselves.
    /// - Returns: the weights first.
    /// - Throws: `ModelStoreError` if the vocabulary's name is none that may be kept, or it is not there.
    public static func files(
        weights: String, named name: String? = nil, companions: ModelCompanions, kind: InstalledModel.Kind,
        areOurs: Bool = false
    ) throws(ModelStoreError) -> [IncomingFile] {
        let known = ["safetensors", "ckpt", "pt", "pth", "bin"]
        let suffix = FileSystem.name(of: name ?? weights).split(separator: ".").last.map { $0.lowercased() } ?? ""
        var files = [
            IncomingFile(
                role: .weights, path: weights, name: "model." + (known.contains(suffix) ? suffix : "ckpt"),
                isOurs: areOurs)
        ]
        if let path = companions.configuration {
            let name = kind == .vqgan ? "model.yaml" : "model.json"
            files.append(IncomingFile(role: .configuration, path: path, name: name, isOurs: areOurs))
        }
        if let path = companions.vocabulary {
            let name = FileSystem.name(of: path)
            guard InstalledModel.isName(name) else { throw ModelStore.badName(name) }
            files.append(IncomingFile(role: .vocabulary, path: path, name: name, isOurs: areOurs))
        }
        if let path = companions.preprocessing {
            let name = ModelCompanions.preprocessingName
            files.append(IncomingFile(role: .preprocessing, path: path, name: name, isOurs: areOurs))
        }
        return files
    }
}
