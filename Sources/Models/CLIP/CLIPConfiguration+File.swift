public import Checkpoints
public import TensorCore

extension CLIPConfiguration {
    /// Reads a model's JSON file, in OpenAI's terms or as Hugging Face's `config.json`.
    ///
    /// OpenAI's terms are the arguments of its `CLIP` class (`embed_dim`, `image_resolution`, `vision_layers`, …), with
    /// `activation`, `mean`, `std` and `bpe` (the vocabulary's file, beside this one) on demand.
    /// - Throws: `CheckpointError` for what is missing, out of bounds or not supported.
    public init(path: String) throws(CheckpointError) {
        let file = try Configuration.read(path)
        if file["vision_config"] != nil || file["text_config"] != nil {
            try self.init(huggingFace: file)
        } else {
            try self.init(openAI: file)
        }
        try validate(file)
    }

    /// OpenAI's terms, also as a section of another file.
    public init(openAI file: Configuration) throws(CheckpointError) {
        if case .list? = file["vision_layers"] {
            throw file.error(
                "vision_layers", "is a list: the image tower is a ResNet, which is not supported yet",
                hint: "use a model with a vision transformer (ViT)")
        }
        let activation = try file.activation("activation") ?? .quickGELU
        let visionWidth = try file.integer("vision_width", in: 1...Limits.width)
        let textWidth = try file.integer("transformer_width", in: 1...Limits.width)
        self.init(
            embedDim: try file.integer("embed_dim", in: 1...Limits.width),
            vision: Tower(
                width: visionWidth, layers: try file.integer("vision_layers", in: 1...Limits.layers),
                heads: try file.integerIfGiven("vision_heads", in: 1...visionWidth) ?? Self.heads(visionWidth),
                hidden: 4 * visionWidth, activation: activation),
            imageSize: try file.integer("image_resolution", in: 1...Limits.imageSize),
            patchSize: try file.integer("vision_patch_size", in: 1...Limits.imageSize),
            text: Tower(
                width: textWidth, layers: try file.integer("transformer_layers", in: 1...Limits.layers),
                heads: try file.integerIfGiven("transformer_heads", in: 1...textWidth) ?? Self.heads(textWidth),
                hidden: 4 * textWidth, activation: activation),
            contextLength: try file.integer("context_length", in: 2...Limits.contextLength),
            vocabularySize: try file.integer("vocab_size", in: 3...Limits.vocabularySize))
        endOfText = try file.integerIfGiven("eot_token", in: 0...Limits.vocabularySize)
        mean = try file.numbersIfGiven("mean", count: 3, in: 0...1) ?? Self.openAIMean
        deviation = try file.numbersIfGiven("std", count: 3, in: 0.001...10) ?? Self.openAIDeviation
        if let name = try file.textIfGiven("bpe") {
            guard !name.isEmpty, !name.contains("/") else {
                throw file.error("bpe", "should name a file beside this one, but is '\(name)'")
            }
            let folder = file.path.lastIndex(of: "/").map { file.path[...$0] } ?? ""
            vocabularyFile = folder + name
        }
    }

    /// Hugging Face's terms; absent values have the defaults of its `CLIPConfig`, which are those of ViT-B/32.
    private init(huggingFace file: Configuration) throws(CheckpointError) {
        let vision = try file.section("vision_config")
        let text = try file.section("text_config")
        self.init(
            embedDim: try file.integerIfGiven("projection_dim", in: 1...Limits.width) ?? 512,
            vision: try Tower(huggingFace: vision, width: 768, hidden: 3072),
            imageSize: try vision.integerIfGiven("image_size", in: 1...Limits.imageSize) ?? 224,
            patchSize: try vision.integerIfGiven("patch_size", in: 1...Limits.imageSize) ?? 32,
            text: try Tower(huggingFace: text, width: 512, hidden: 2048),
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

extension CLIPConfiguration.Tower {
    fileprivate init(huggingFace section: Configuration, width: Int, hidden: Int) throws(CheckpointError) {
        let width = try section.integerIfGiven("hidden_size", in: 1...Limits.width) ?? width
        self.init(
            width: width, layers: try section.integerIfGiven("num_hidden_layers", in: 1...Limits.layers) ?? 12,
            heads: try section.integerIfGiven("num_attention_heads", in: 1...width) ?? CLIPConfiguration.heads(width),
            hidden: try section.integerIfGiven("intermediate_size", in: 1...4 * Limits.width) ?? hidden,
            activation: try section.activation("hidden_act") ?? .quickGELU,
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
