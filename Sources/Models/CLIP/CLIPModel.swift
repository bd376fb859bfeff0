public import Checkpoints
public import TensorCore

/// A CLIP with frozen weights (Radford et al., "Learning transferable visual models from natural language supervision",
/// 2021): two towers that map pictures and texts into one space.
public struct CLIPModel {
    /// What the model is made of.
    public let configuration: CLIPConfiguration
    /// The image tower.
    public let vision: any ImageTower
    /// The text tower; a render needs it once, so it is let go after the prompts are embedded.
    public let text: TextTower

    /// Takes the weights out of a checkpoint in OpenAI's, OpenCLIP's or Hugging Face's key layout.
    ///
    /// - Throws: `CheckpointError` where the configuration is of another model, or naming the first tensor that is
    ///   missing, misshapen or not finite.
    public static func load(
        checkpoint: any Checkpoint, configuration: CLIPConfiguration, on backend: any Backend
    ) throws(CheckpointError) -> CLIPModel {
        let checkpoint = try openAIKeys(of: checkpoint)
        try configuration.check(against: checkpoint)
        let weights = Weights(checkpoint, on: backend)
        return CLIPModel(
            configuration: configuration, vision: try imageTower(weights, configuration.vision),
            text: try TextTower { () throws(CheckpointError) in try TextTransformer(weights, configuration) })
    }

    /// Loads a checkpoint file with the configuration file that describes it.
    ///
    /// - Parameters:
    ///   - path: the checkpoint.
    ///   - config: its JSON file; nil takes everything from the weights and the hints.
    ///   - vocabulary: the byte-pair vocabulary's file; nil leaves what the configuration names.
    ///   - hints: what else is known, the nonlinearity above all.
    ///   - backend: where the model runs.
    /// - Returns: the model with both towers.
    /// - Throws: `CheckpointError` where a file cannot be used, the two do not belong together, or nothing tells the
    ///   nonlinearity.
    public static func load(
        path: String, config: String?, vocabulary: String? = nil, hints: CLIPHints = CLIPHints(),
        on backend: any Backend
    ) throws(CheckpointError) -> CLIPModel {
        let checkpoint = try openCheckpoint(at: path)
        var configuration =
            if let config {
                try CLIPConfiguration(path: config, of: checkpoint, hints: hints)
            } else {
                try CLIPConfiguration(of: openAIKeys(of: checkpoint), hints: hints)
            }
        if let vocabulary { configuration.vocabularyFile = vocabulary }
        return try load(checkpoint: checkpoint, configuration: configuration, on: backend)
    }

    /// Loads the image side alone, from a checkpoint that may hold nothing else.
    ///
    /// - Throws: `CheckpointError` as for a whole model.
    public static func loadVision(
        checkpoint: any Checkpoint, configuration: CLIPConfiguration.Vision, on backend: any Backend
    ) throws(CheckpointError) -> any ImageTower {
        let checkpoint = try openAIKeys(of: checkpoint)
        try configuration.check(against: checkpoint)
        return try imageTower(Weights(checkpoint, on: backend), configuration)
    }

    private static func imageTower(
        _ weights: Weights, _ vision: CLIPConfiguration.Vision
    ) throws(CheckpointError) -> any ImageTower {
        switch vision.network {
        case .transformer(let tower, let patchSize):
            try VisionTransformer(weights.scope("visual"), vision, tower, patchSize: patchSize)
        case .resNet(let network):
            try ModifiedResNet(weights.scope("visual"), vision, network)
        }
    }

    /// Embeddings `[N, d]` of pictures `[N, S, S, 3]` in [0, 1]; CLIP's own normalisation happens inside.
    public func encodeImage(_ batch: Tensor) -> Tensor { vision(batch) }

    /// Embeddings `[n, d]` of token sequences; a text tower that was let go is read again.
    ///
    /// - Throws: `CheckpointError` if its file was damaged meanwhile.
    public func encodeText(_ tokens: [[Int]]) throws(CheckpointError) -> Tensor { try text(tokens) }

    /// The tokenizer that belongs to the model.
    public func tokenizer() throws(CheckpointError) -> BytePairTokenizer {
        try BytePairTokenizer(for: configuration)
    }
}
