import Checkpoints
import TensorCore

extension CLIPConfiguration {
    /// OpenCLIP's terms: `model_cfg` with `vision_cfg` and `text_cfg`, and `preprocess_cfg`.
    ///
    /// Without `quick_gelu` the exact function is meant, as in OpenCLIP itself. What changes the network in a way that is
    /// not supported is refused by its name.
    init(openCLIP file: Configuration, _ hints: CLIPHints) throws(CheckpointError) {
        let model = try file.section("model_cfg")
        let (vision, text) = (try model.section("vision_cfg"), try model.section("text_cfg"))
        try Self.refuseVariants(vision, text)
        let activation = try hints.activation(
            stated: try model.flagIfGiven("quick_gelu") ?? false ? .quickGELU : .gelu, path: file.path)
        let pictures = try file.sectionIfGiven("preprocess_cfg")
        let textWidth = try text.integer("width", in: 1...Limits.width)
        self.init(
            vision: Vision(
                network: try ImageNetwork(openCLIP: vision, activation),
                imageSize: try vision.integer("image_size", in: 1...Limits.imageSize),
                embedDim: try model.integer("embed_dim", in: 1...Limits.width),
                mean: try pictures?.numbersIfGiven("mean", count: 3, in: 0...1) ?? hints.known?.mean
                    ?? Self.openAIMean,
                deviation: try pictures?.numbersIfGiven("std", count: 3, in: 0.001...10) ?? hints.known?.deviation
                    ?? Self.openAIDeviation),
            text: Tower(
                width: textWidth, layers: try text.integer("layers", in: 1...Limits.layers),
                heads: try text.integer("heads", in: 1...textWidth),
                hidden: try Self.hidden(text, width: textWidth), activation: activation),
            contextLength: try text.integerIfGiven("context_length", in: 2...Limits.contextLength) ?? 77,
            vocabularySize: try text.integerIfGiven("vocab_size", in: 3...Limits.vocabularySize) ?? 49408)
    }

    /// Channels inside a perceptron, rounded down as the library does.
    fileprivate static func hidden(_ section: Configuration, width: Int) throws(CheckpointError) -> Int {
        Int(Double(width) * (try section.numberIfGiven("mlp_ratio", in: 0.01...64) ?? 4))
    }

    private static func refuseVariants(_ vision: Configuration, _ text: Configuration) throws(CheckpointError) {
        // What the default is; another value is another network.
        let fixed: [(Configuration, String, ConfigurationValue?)] = [
            (vision, "timm_model_name", nil), (vision, "pool_type", .text("tok")), (vision, "no_ln_pre", .flag(false)),
            (vision, "attentional_pool", .flag(false)), (vision, "input_patchnorm", .flag(false)),
            (vision, "global_average_pool", .flag(false)), (vision, "final_ln_after_pool", .flag(false)),
            (vision, "pos_embed_type", .text("learnable")), (text, "hf_model_name", nil),
            (text, "pool_type", .text("argmax")), (text, "embed_cls", .flag(false)),
            (text, "no_causal_mask", .flag(false)), (text, "final_ln_after_pool", .flag(false)),
            (text, "proj_bias", .flag(false)), (text, "proj_type", .text("linear")),
        ]
        for (section, key, usual) in fixed {
            guard let value = section[key], value != usual else { continue }
            throw section.error(key, "makes this another kind of network, which is not supported")
        }
    }
}

extension CLIPConfiguration.ImageNetwork {
    fileprivate init(openCLIP section: Configuration, _ activation: Activation) throws(CheckpointError) {
        let width = try section.integerIfGiven("width", in: 1...Limits.width) ?? 768
        if case .list? = section["layers"] {
            self = .resNet(try .init(blocks: section, "layers", width: width))
            return
        }
        let headWidth = try section.integerIfGiven("head_width", in: 1...width) ?? 64
        guard width.isMultiple(of: headWidth) else {
            throw section.error("head_width", "does not divide the \(width) channels")
        }
        self = .transformer(
            .init(
                width: width, layers: try section.integerIfGiven("layers", in: 1...Limits.layers) ?? 12,
                heads: width / headWidth, hidden: try CLIPConfiguration.hidden(section, width: width),
                activation: activation),
            patchSize: try section.integerIfGiven("patch_size", in: 1...Limits.imageSize) ?? 16)
    }
}
