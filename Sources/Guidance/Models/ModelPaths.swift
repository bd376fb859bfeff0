import Checkpoints
import ModelStore
public import StarterModel

/// Where the files of a render's models lie.
public struct ModelPaths: Sendable, Hashable {
    /// The files of one CLIP.
    public struct Judge: Sendable, Hashable {
        /// Its weights.
        public var weights: String
        /// Its JSON configuration; nil takes everything from the weights and what is known of published models.
        public var configuration: String?
        /// Its byte-pair vocabulary; nil takes what the configuration names, or the published one.
        public var vocabulary: String?
        /// Factor of its losses.
        public var weight = 1.0
        /// The name by which it was asked for; a published model's tells what its files do not.
        public var name: String?

        /// Names the files.
        public init(weights: String, configuration: String? = nil, vocabulary: String? = nil) {
            self.weights = weights
            self.configuration = configuration
            self.vocabulary = vocabulary
        }

        /// The files that a reference names: the starter's, or a checkpoint, perhaps with its configuration beside it.
        init(_ file: FileReference, at path: (FileReference) -> String) throws {
            if file.name == FileReference.starter.name {
                let starter = try StarterModel()
                self.init(weights: starter.clipCheckpoint, configuration: starter.clipConfiguration)
            } else {
                let weights = path(file)
                self.init(
                    weights: weights, configuration: ModelCompanions.beside(weights, kind: .clip).configuration)
            }
            name = file.name
        }
    }

    /// Weights of the painter, in any form that checkpoints come in.
    public var vqgan: String
    /// The painter's YAML configuration; nil takes everything from the weights.
    public var vqganConfiguration: String?
    /// The judges that guide, one at least.
    public var judges: [Judge]
    /// The judge that scores the finished picture, if there is one.
    public var scorer: Judge?

    /// Names the files of a painter and of one judge.
    public init(
        vqgan: String, vqganConfiguration: String? = nil, clip: String, clipConfiguration: String? = nil,
        vocabulary: String? = nil
    ) {
        self.vqgan = vqgan
        self.vqganConfiguration = vqganConfiguration
        judges = [Judge(weights: clip, configuration: clipConfiguration, vocabulary: vocabulary)]
    }

    /// The files of the pair that comes with the program.
    public init(_ starter: StarterModel) {
        self.init(
            vqgan: starter.vqganCheckpoint, vqganConfiguration: starter.vqganConfiguration,
            clip: starter.clipCheckpoint, clipConfiguration: starter.clipConfiguration)
    }

    /// The files that a specification names: the starter's, or a checkpoint, perhaps with its configuration beside it.
    ///
    /// `ModelCompanions` says under which names a configuration is looked for; it may be missing.
    ///
    /// - Parameters:
    ///   - spec: what names the models.
    ///   - path: where the content of a reference lies; by default where its name says.
    /// - Throws: `CheckpointError` if the embedded models are not where they should be.
    public init(for spec: RenderSpec, at path: (FileReference) -> String = \.name) throws {
        if spec.vqgan.name == FileReference.starter.name {
            let starter = try StarterModel()
            (vqgan, vqganConfiguration) = (starter.vqganCheckpoint, starter.vqganConfiguration)
        } else {
            vqgan = path(spec.vqgan)
            vqganConfiguration = ModelCompanions.beside(vqgan, kind: .vqgan).configuration
        }
        judges = try spec.clips.judges.map { judge in
            var paths = try Judge(judge.file, at: path)
            paths.weight = judge.weight
            return paths
        }
        scorer = try spec.judging.scorer.map { try Judge($0, at: path) }
    }
}
