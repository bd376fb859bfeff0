import Checkpoints
import Foundation

/// The small files that belong to a checkpoint: its hyperparameters and its vocabulary.
public struct ModelCompanions: Hashable, Sendable {
    /// YAML of a painter, JSON of a judge; nil where everything comes from the weights.
    public var configuration: String?
    /// A judge's vocabulary; nil takes what the configuration names, or the published one.
    public var vocabulary: String?

    /// Names the files.
    public init(configuration: String? = nil, vocabulary: String? = nil) {
        self.configuration = configuration
        self.vocabulary = vocabulary
    }

    /// What lies beside a checkpoint.
    ///
    /// Beside `x.safetensors` a painter's configuration is `x.yaml`, `model.yaml` or `config.yaml`, a judge's `x.json`,
    /// `config.json` or `open_clip_config.json`, the first that is there; a judge's vocabulary is what that names.
    public static func beside(_ weights: String, kind: InstalledModel.Kind) -> ModelCompanions {
        let url = URL(fileURLWithPath: weights)
        let stem = url.deletingPathExtension().lastPathComponent
        let names =
            switch kind {
            case .vqgan: ["\(stem).yaml", "model.yaml", "config.yaml"]
            case .clip: ["\(stem).json", "config.json", "open_clip_config.json"]
            }
        let folder = url.deletingLastPathComponent()
        let found = names.map { folder.appending(path: $0).path }.first {
            FileManager.default.fileExists(atPath: $0)
        }
        var companions = ModelCompanions(configuration: found)
        if kind == .clip, let found { companions.vocabulary = vocabulary(namedBy: found) }
        return companions
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
        return files
    }
}
