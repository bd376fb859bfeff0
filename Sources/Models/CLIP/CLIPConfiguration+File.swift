public import Checkpoints
public import TensorCore

extension CLIPConfiguration {
    /// Reads a model's JSON file: in OpenAI's terms, Hugging Face's `config.json` or OpenCLIP's `open_clip_config.json`.
    ///
    /// OpenAI's terms are the arguments of its `CLIP` class (`embed_dim`, `image_resolution`, `vision_layers`, …), with
    /// `activation`, `mean`, `std` and `bpe` (the vocabulary's file, beside this one) on demand.
    /// - Throws: `CheckpointError` for what is missing, out of bounds or not supported.
    public init(path: String, hints: CLIPHints = CLIPHints()) throws(CheckpointError) {
        let file = try Configuration.read(path)
        if file["model_cfg"] != nil {
            try self.init(openCLIP: file, hints)
        } else if file["vision_config"] != nil || file["text_config"] != nil {
            try self.init(huggingFace: file, hints)
        } else {
            try self.init(openAI: file, hints: hints)
        }
        try validate(path: path)
    }

    /// Reads a model's JSON file, which may leave the dimensions to the weights: `{"activation": "gelu"}` is enough.
    ///
    /// - Throws: `CheckpointError` as for a whole file, and where the weights do not tell the rest.
    public init(path: String, of checkpoint: any Checkpoint, hints: CLIPHints = CLIPHints()) throws(CheckpointError) {
        let file = try Configuration.read(path)
        guard file["activation"] != nil, Self.dimensionKeys.allSatisfy({ file[$0] == nil }) else {
            try self.init(path: path, hints: hints.completed(by: checkpoint))
            return
        }
        var hints = hints
        hints.activation = try hints.activation(stated: file.activation("activation"), path: path)
        try self.init(of: openAIKeys(of: checkpoint), hints: hints)
        vision.mean = try file.numbersIfGiven("mean", count: 3, in: 0...1) ?? vision.mean
        vision.deviation = try file.numbersIfGiven("std", count: 3, in: 0.001...10) ?? vision.deviation
        vocabularyFile = try Self.vocabulary(file)
    }

    /// What a file says about dimensions, in anybody's terms.
    private static let dimensionKeys = [
        "embed_dim", "image_resolution", "vision_layers", "vision_width", "vision_patch_size", "vision_heads",
        "context_length", "vocab_size", "transformer_width", "transformer_heads", "transformer_layers", "eot_token",
        "model_cfg", "vision_config", "text_config",
    ]

    /// The vocabulary's path, if the file names one.
    private static func vocabulary(_ file: Configuration) throws(CheckpointError) -> String? {
        guard let name = try file.textIfGiven("bpe") else { return nil }
        guard !name.isEmpty, !name.contains("/") else {
            throw file.error("bpe", "should name a file beside this one, but is '\(name)'")
        }
        return (file.path.lastIndex(of: "/").map { file.path[...$0] } ?? "") + name
    }

    /// OpenAI's terms, also as a section of another file.
    public init(openAI file: Configuration, hints: CLIPHints = CLIPHints()) throws(CheckpointError) {
        let activation = try hints.activation(stated: file.activation("activation"), path: file.path)
        let textWidth = try file.integer("transformer_width", in: 1...Limits.width)
        self.init(
            vision: Vision(
                network: try ImageNetwork(openAI: file, activation),
                imageSize: try file.integer("image_resolution", in: 1...Limits.imageSize),
                embedDim: try file.integer("embed_dim", in: 1...Limits.width),
                mean: try file.numbersIfGiven("mean", count: 3, in: 0...1) ?? hints.known?.mean ?? Self.openAIMean,
                deviation: try file.numbersIfGiven("std", count: 3, in: 0.001...10) ?? hints.known?.deviation
                    ?? Self.openAIDeviation),
            text: Tower(
                width: textWidth, layers: try file.integer("transformer_layers", in: 1...Limits.layers),
                heads: try file.integerIfGiven("transformer_heads", in: 1...textWidth) ?? Self.heads(textWidth),
                hidden: 4 * textWidth, activation: activation),
            contextLength: try file.integer("context_length", in: 2...Limits.contextLength),
            vocabularySize: try file.integer("vocab_size", in: 3...Limits.vocabularySize),
            endOfText: try file.integerIfGiven("eot_token", in: 0...Limits.vocabularySize))
        vocabularyFile = try Self.vocabulary(file)
    }

    /// Hugging Face's terms; absent values have the defaults of its `CLIPConfig`, which are those of ViT-B/32.
    ///
    /// Mean and deviation stand in another file beside this one, `preprocessor_config.json`.
    private init(huggingFace file: Configuration, _ hints: CLIPHints) throws(CheckpointError) {
        let vision = try file.section("vision_config")
        let text = try file.section("text_config")
        let folder = file.path.lastIndex(of: "/").map { file.path[...$0] } ?? ""
        let pictures = try Configuration.readIfPresent(folder + "preprocessor_config.json")
        self.init(
            vision: Vision(
                network: .transformer(
                    try Tower(huggingFace: vision, hints, width: 768, hidden: 3072),
                    patchSize: try vision.integerIfGiven("patch_size", in: 1...Limits.imageSize) ?? 32),
                imageSize: try vision.integerIfGiven("image_size", in: 1...Limits.imageSize) ?? 224,
                embedDim: try file.integerIfGiven("projection_dim", in: 1...Limits.width) ?? 512,
                mean: try pictures?.numbersIfGiven("image_mean", count: 3, in: 0...1) ?? hints.known?.mean
                    ?? Self.openAIMean,
                deviation: try pictures?.numbersIfGiven("image_std", count: 3, in: 0.001...10)
                    ?? hints.known?.deviation ?? Self.openAIDeviation),
            text: try Tower(huggingFace: text, hints, width: 512, hidden: 2048),
            contextLength: try text.integerIfGiven("max_position_embeddings", in: 2...Limits.contextLength) ?? 77,
            vocabularySize: try text.integerIfGiven("vocab_size", in: 3...Limits.vocabularySize) ?? 49408)
        // 2 is what old files say by mistake; the library then takes the highest number, too.
        if let end = try text.integerIfGiven("eos_token_id", in: 0...Limits.vocabularySize), end != 2 {
            endOfText = end
        }
    }

    /// Heads of 64 channels, as in all of OpenAI's models.
    static func heads(_ width: Int) -> Int { max(1, width / 64) }
}

extension CLIPConfiguration.ImageNetwork {
    /// A list of layers is a ResNet, a number a transformer, as in OpenAI's `CLIP` class.
    fileprivate init(openAI file: Configuration, _ activation: Activation) throws(CheckpointError) {
        let width = try file.integer("vision_width", in: 1...Limits.width)
        if case .list? = file["vision_layers"] {
            self = .resNet(try .init(blocks: file, "vision_layers", width: width))
            return
        }
        self = .transformer(
            .init(
                width: width, layers: try file.integer("vision_layers", in: 1...Limits.layers),
                heads: try file.integerIfGiven("vision_heads", in: 1...width) ?? CLIPConfiguration.heads(width),
                hidden: 4 * width, activation: activation),
            patchSize: try file.integer("vision_patch_size", in: 1...Limits.imageSize))
    }
}

extension CLIPConfiguration.ResNet {
    /// The blocks of the four layers under a key.
    init(blocks file: Configuration, _ key: String, width: Int) throws(CheckpointError) {
        let blocks = try file.integersIfGiven(key, in: 1...Limits.layers) ?? []
        guard blocks.count == 4 else {
            throw file.error(key, "should be the blocks of a ResNet's 4 layers, but has \(blocks.count) entries")
        }
        self.init(blocks: blocks, width: width)
    }
}

extension CLIPConfiguration.Tower {
    /// Absent `hidden_act` is `quick_gelu` to this library, and its files leave out what is the default.
    fileprivate init(
        huggingFace section: Configuration, _ hints: CLIPHints, width: Int, hidden: Int
    ) throws(CheckpointError) {
        let width = try section.integerIfGiven("hidden_size", in: 1...Limits.width) ?? width
        self.init(
            width: width, layers: try section.integerIfGiven("num_hidden_layers", in: 1...Limits.layers) ?? 12,
            heads: try section.integerIfGiven("num_attention_heads", in: 1...width) ?? CLIPConfiguration.heads(width),
            hidden: try section.integerIfGiven("intermediate_size", in: 1...4 * Limits.width) ?? hidden,
            activation: try hints.activation(
                stated: section.activation("hidden_act") ?? .quickGELU, path: section.path),
            epsilon: Float(try section.numberIfGiven("layer_norm_eps", in: 1e-12...1) ?? 1e-5))
    }
}

extension Configuration {
    /// A nonlinearity under the name that PyTorch's libraries give it.
    public func activation(_ key: String) throws(CheckpointError) -> Activation? {
        switch try textIfGiven(key) {
        case nil: return nil
        case "quick_gelu"?: return .quickGELU
        case "gelu"?: return .gelu
        case let name?: throw error(key, "is '\(name)'; known are quick_gelu and gelu")
        }
    }
}
