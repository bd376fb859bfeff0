public import Checkpoints

/// Hyperparameters of a VQGAN, as the YAML files of taming-transformers hold them.
public struct VQModelConfiguration: Sendable, Equatable {
    /// What stands before the names of the VQGAN's tensors; `first_stage_model.` inside a transformer's checkpoint.
    public var keyPrefix = ""
    /// Channels of a latent vector and of a code (`embed_dim`).
    public var embedDim: Int
    /// Number of codes (`n_embed`).
    public var codebookSize: Int
    /// Channels between encoder and quantiser (`z_channels`).
    public var zChannels: Int
    /// Side of the training pictures; fixes which levels hold attention, and nothing else (`resolution`).
    public var resolution: Int
    /// Channels of the first level (`ch`).
    public var channels: Int
    /// Factors of `channels`, one per level from the finest to the coarsest (`ch_mult`).
    public var channelMultipliers: [Int]
    /// Residual blocks per level of the encoder; the decoder has one more (`num_res_blocks`).
    public var residualBlocks: Int
    /// Nominal sizes at which a residual block is followed by attention (`attn_resolutions`).
    public var attentionResolutions: [Int]

    /// Picture pixels per latent position along an axis: 2 to the number of levels less one.
    public var downsamplingFactor: Int { 1 << (channelMultipliers.count - 1) }

    /// Channels of every level, finest first.
    var levelChannels: [Int] { channelMultipliers.map { channels * $0 } }

    /// Whether the blocks of a level are followed by attention; it depends on the nominal size, not on the picture's.
    func hasAttention(level: Int) -> Bool { attentionResolutions.contains(resolution >> level) }

    /// Reads a YAML (or JSON) file with `model.target` and `model.params`.
    ///
    /// Accepts taming's `VQModel`, latent diffusion's equal `VQModel` and `VQModelInterface`, and the `VQModel` inside
    /// a `Net2NetTransformer`.
    /// - Throws: `CheckpointError` for another target, a missing value or one out of bounds.
    public init(path: String) throws(CheckpointError) {
        let model = try Configuration.read(path).section("model")
        let params = try model.section("params")
        switch try model.text("target") {
        case "taming.models.cond_transformer.Net2NetTransformer":
            let first = try params.section("first_stage_config")
            try Self.checkTarget(of: first)
            try self.init(params: try first.section("params"))
            keyPrefix = "first_stage_model."
        default:
            try Self.checkTarget(of: model)
            try self.init(params: params)
        }
    }

    private static func checkTarget(of model: Configuration) throws(CheckpointError) {
        switch try model.text("target") {
        case "taming.models.vqgan.VQModel", "ldm.models.autoencoder.VQModel",
            "ldm.models.autoencoder.VQModelInterface":
            return
        case "taming.models.vqgan.GumbelVQ":
            throw model.error(
                "target", "is GumbelVQ, the Gumbel variant, which is not supported yet",
                hint: "use a model with the target taming.models.vqgan.VQModel")
        case let other:
            throw model.error(
                "target", "is '\(other)', an unknown kind of model",
                hint: "supported are taming.models.vqgan.VQModel, its form in latent diffusion "
                    + "(ldm.models.autoencoder.VQModelInterface), and taming's Net2NetTransformer around it")
        }
    }

    private init(params: Configuration) throws(CheckpointError) {
        embedDim = try params.integer("embed_dim", in: 1...4096)
        codebookSize = try params.integer("n_embed", in: 1...Limits.codebookSize)
        let network = try params.section("ddconfig")
        zChannels = try network.integer("z_channels", in: 1...4096)
        resolution = try network.integer("resolution", in: 1...8192)
        channels = try network.integer("ch", in: 1...4096)
        guard let multipliers = try network.integersIfGiven("ch_mult", in: 1...64), !multipliers.isEmpty else {
            throw network.error("ch_mult", "is missing or empty")
        }
        guard multipliers.count <= Limits.levels else {
            throw network.error("ch_mult", "has \(multipliers.count) levels; at most \(Limits.levels) are read")
        }
        channelMultipliers = multipliers
        residualBlocks = try network.integer("num_res_blocks", in: 1...16)
        attentionResolutions = try network.integersIfGiven("attn_resolutions", in: 1...8192) ?? []

        // What the published models leave at one value, and what another value would change.
        for (key, value) in [("in_channels", 3), ("out_ch", 3)] {
            guard try network.integerIfGiven(key, in: 1...4096) ?? value == value else {
                throw network.error(key, "must be \(value): pictures are RGB")
            }
        }
        for (key, value) in [("double_z", false), ("give_pre_end", false), ("resamp_with_conv", true)] {
            guard try network.flagIfGiven(key) ?? value == value else {
                throw network.error(key, "must be \(value) for a VQGAN", hint: "is this another kind of autoencoder?")
            }
        }
        // GroupNorm has 32 groups everywhere, and the encoder's first level also sees `ch` channels.
        for width in [channels] + levelChannels where !width.isMultiple(of: Limits.normGroups) {
            throw network.error(
                "ch", "gives a level of \(width) channels; all must be multiples of \(Limits.normGroups)")
        }
    }
}
