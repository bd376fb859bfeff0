public import Checkpoints

extension VQModelConfiguration {
    /// Reads a YAML (or JSON) file with `model.target` and `model.params`.
    ///
    /// Accepts taming's `VQModel` and `GumbelVQ`, latent diffusion's equal `VQModel` and `VQModelInterface`, and any of
    /// these as the `first_stage_config` of another model, such as taming's `Net2NetTransformer`.
    /// - Throws: `CheckpointError` for another target, a missing value or one out of bounds.
    public init(path: String) throws(CheckpointError) {
        let model = try Configuration.read(path).section("model")
        let params = try model.section("params")
        if let first = try params.sectionIfGiven("first_stage_config") {
            try self.init(params: first.section("params"), quantizer: Self.quantizer(of: first))
            keyPrefix = "first_stage_model."
        } else {
            try self.init(params: params, quantizer: Self.quantizer(of: model))
        }
    }

    private static func quantizer(of model: Configuration) throws(CheckpointError) -> Quantizer {
        switch try model.text("target") {
        case "taming.models.vqgan.VQModel", "ldm.models.autoencoder.VQModel",
            "ldm.models.autoencoder.VQModelInterface":
            return .nearest
        case "taming.models.vqgan.GumbelVQ":
            return .gumbel
        case let other where other.hasSuffix("AutoencoderKL"):
            throw model.error(
                "target", "is '\(other)', an autoencoder without a codebook",
                hint: "use a VQ model, such as latent diffusion's vq-f4 or taming's vqgan_imagenet_f16_16384")
        case let other:
            throw model.error(
                "target", "is '\(other)', an unknown kind of model",
                hint: "supported are taming.models.vqgan.VQModel and GumbelVQ, their form in latent diffusion "
                    + "(ldm.models.autoencoder.VQModelInterface), and models with one of these as first_stage_config")
        }
    }

    private init(params: Configuration, quantizer: Quantizer) throws(CheckpointError) {
        let network = try params.section("ddconfig")
        guard let multipliers = try network.integersIfGiven("ch_mult", in: 1...64), !multipliers.isEmpty else {
            throw network.error("ch_mult", "is missing or empty")
        }
        guard multipliers.count <= Limits.levels else {
            throw network.error("ch_mult", "has \(multipliers.count) levels; at most \(Limits.levels) are read")
        }
        // The nominal size of a level is that of the training pictures, halved level by level.
        let resolution = try network.integer("resolution", in: 1...8192)
        let attended = try network.integersIfGiven("attn_resolutions", in: 1...8192) ?? []
        self.init(
            quantizer: quantizer, embedDim: try params.integer("embed_dim", in: 1...Limits.channels),
            codebookSize: try params.integer("n_embed", in: 1...Limits.codebookSize),
            zChannels: try network.integer("z_channels", in: 1...Limits.channels),
            channels: try network.integer("ch", in: 1...Limits.channels), channelMultipliers: multipliers,
            residualBlocks: try network.integer("num_res_blocks", in: 1...Limits.residualBlocks),
            attentionLevels: multipliers.indices.filter { attended.contains(resolution >> $0) })
        try Self.checkWhatIsFixed(network)
        hasMiddleAttention = try network.textIfGiven("attn_type") != "none"
        // GroupNorm has 32 groups everywhere, and the encoder's first level also sees `ch` channels.
        for width in [channels] + levelChannels where !width.isMultiple(of: Limits.normGroups) {
            throw network.error(
                "ch", "gives a level of \(width) channels; all must be multiples of \(Limits.normGroups)")
        }
    }

    /// What the published models leave at one value, and what another value would change.
    private static func checkWhatIsFixed(_ network: Configuration) throws(CheckpointError) {
        for (key, value) in [("in_channels", 3), ("out_ch", 3)] {
            guard try network.integerIfGiven(key, in: 1...Limits.channels) ?? value == value else {
                throw network.error(key, "must be \(value): pictures are RGB")
            }
        }
        for (key, value) in [("double_z", false), ("give_pre_end", false), ("resamp_with_conv", true)] {
            guard try network.flagIfGiven(key) ?? value == value else {
                throw network.error(key, "must be \(value) for a VQGAN", hint: "is this another kind of autoencoder?")
            }
        }
        let attention = try network.textIfGiven("attn_type") ?? "vanilla"
        guard ["vanilla", "none"].contains(attention) else {
            throw network.error("attn_type", "is '\(attention)'; known are vanilla and none")
        }
        let attended = try network.integersIfGiven("attn_resolutions", in: 1...8192) ?? []
        guard attention == "vanilla" || attended.isEmpty else {
            throw network.error("attn_type", "is none, but 'attn_resolutions' names levels with attention")
        }
    }
}
