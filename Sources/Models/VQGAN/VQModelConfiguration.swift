/// Hyperparameters of a VQGAN, as the YAML files of taming-transformers hold them and as the weights show them.
public struct VQModelConfiguration: Sendable, Equatable {
    /// How the encoder's output becomes codes.
    public enum Quantizer: Sendable, Equatable {
        /// The nearest code (taming's `VQModel`).
        case nearest
        /// The code with the largest logit (taming's `GumbelVQ`).
        case gumbel
    }

    /// What stands before the names of the VQGAN's tensors; `first_stage_model.` inside a transformer's checkpoint.
    public var keyPrefix = ""
    /// How the encoder's output becomes codes; the decoder's side is the same for all.
    public var quantizer = Quantizer.nearest
    /// Channels of a latent vector and of a code (`embed_dim`).
    public var embedDim: Int
    /// Number of codes (`n_embed`).
    public var codebookSize: Int
    /// Channels between encoder and quantiser (`z_channels`).
    public var zChannels: Int
    /// Channels of the first level (`ch`).
    public var channels: Int
    /// Factors of `channels`, one per level from the finest to the coarsest (`ch_mult`).
    public var channelMultipliers: [Int]
    /// Residual blocks per level of the encoder; the decoder has one more (`num_res_blocks`).
    public var residualBlocks: Int
    /// Levels whose residual blocks are followed by attention, finest first and counted from 0 (`attn_resolutions`).
    public var attentionLevels: [Int]
    /// Whether the coarsest part attends, too; only some models of latent diffusion do without (`attn_type: none`).
    public var hasMiddleAttention = true

    /// Picture pixels per latent position along an axis: 2 to the number of levels less one.
    public var downsamplingFactor: Int { 1 << (channelMultipliers.count - 1) }

    /// Channels of every level, finest first.
    var levelChannels: [Int] { channelMultipliers.map { channels * $0 } }

    /// Whether the blocks of a level are followed by attention; it does not depend on the picture's size.
    func hasAttention(level: Int) -> Bool { attentionLevels.contains(level) }
}
