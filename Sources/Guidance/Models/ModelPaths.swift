import Checkpoints
import Foundation
public import StarterModel

/// Where the files of a pair of models lie.
public struct ModelPaths: Sendable, Hashable {
    /// Weights of the painter, in any form that checkpoints come in.
    public var vqgan: String
    /// The painter's YAML configuration; nil takes everything from the weights.
    public var vqganConfiguration: String?
    /// Weights of the judge.
    public var clip: String
    /// The judge's JSON configuration; nil takes everything from the weights, with OpenAI's constants.
    public var clipConfiguration: String?
    /// The judge's byte-pair vocabulary; nil takes what the configuration names, or the published one.
    public var vocabulary: String?

    /// Names the files.
    public init(
        vqgan: String, vqganConfiguration: String? = nil, clip: String, clipConfiguration: String? = nil,
        vocabulary: String? = nil
    ) {
        self.vqgan = vqgan
        self.vqganConfiguration = vqganConfiguration
        self.clip = clip
        self.clipConfiguration = clipConfiguration
        self.vocabulary = vocabulary
    }

    /// The files of the pair that comes with the program.
    public init(_ starter: StarterModel) {
        self.init(
            vqgan: starter.vqganCheckpoint, vqganConfiguration: starter.vqganConfiguration,
            clip: starter.clipCheckpoint, clipConfiguration: starter.clipConfiguration)
    }

    /// The files that a specification names: the starter's, or a checkpoint, perhaps with its configuration beside it.
    ///
    /// Beside `x.safetensors` the painter's configuration is `x.yaml` or `model.yaml`, the judge's `x.json` or
    /// `config.json`; either may be missing.
    ///
    /// - Throws: `CheckpointError` if a file is missing.
    public init(for spec: RenderSpec) throws {
        let isStarter = [spec.vqgan, spec.clip].map { $0.name == FileReference.starter.name }
        let starter = isStarter.contains(true) ? ModelPaths(try StarterModel()) : nil
        if let starter, isStarter[0] {
            (vqgan, vqganConfiguration) = (starter.vqgan, starter.vqganConfiguration)
        } else {
            vqgan = spec.vqgan.name
            vqganConfiguration = ModelPaths.beside(vqgan, names: ["model.yaml", "config.yaml"], type: "yaml")
        }
        if let starter, isStarter[1] {
            (clip, clipConfiguration, vocabulary) = (starter.clip, starter.clipConfiguration, starter.vocabulary)
        } else {
            clip = spec.clip.name
            clipConfiguration = ModelPaths.beside(clip, names: ["config.json"], type: "json")
            vocabulary = nil
        }
    }

    private static func stem(_ path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    private static func beside(_ path: String, names: [String], type: String) -> String? {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        return (["\(stem(path)).\(type)"] + names).map { folder.appending(path: $0).path }
            .first { FileManager.default.fileExists(atPath: $0) }
    }
}
