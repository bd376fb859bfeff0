public import Checkpoints
import TensorCore

extension VQModelConfiguration {
    /// What the weights alone tell, which is everything.
    ///
    /// The first stage of a larger model - taming's transformers, latent diffusion - is found by its prefix. Tensors of
    /// the training (`loss.…`, `model_ema.…`) do not matter.
    /// - Throws: `CheckpointError` where the tensors are of no such model, or one that tells a dimension is misshapen.
    public init(of checkpoint: any Checkpoint) throws(CheckpointError) {
        let prefix = try Self.prefix(in: checkpoint)
        let file = WeightShapes(checkpoint: checkpoint, prefix: prefix)
        try file.refuseStrangers()

        let channels = try file.extent("encoder.conv_in.weight", 4, 0)
        let levels = file.parts(limit: Limits.levels) { "encoder.down.\($0).block.0.conv1.weight" }
        guard levels > 0, channels > 0 else { throw file.error("has no level 'encoder.down.0'") }
        var multipliers: [Int] = []
        for level in 0..<levels {
            let width = try file.extent("encoder.down.\(level).block.0.conv1.weight", 4, 0)
            guard width.isMultiple(of: channels) else {
                throw file.error("has a level of \(width) channels, no multiple of the first layer's \(channels)")
            }
            multipliers.append(width / channels)
        }
        let isGumbel = file.has("quantize.embed.weight")
        let codebook = isGumbel ? "quantize.embed.weight" : "quantize.embedding.weight"
        self.init(
            keyPrefix: prefix, quantizer: isGumbel ? .gumbel : .nearest, embedDim: try file.extent(codebook, 2, 1),
            codebookSize: try file.extent(codebook, 2, 0), zChannels: try file.extent("decoder.conv_in.weight", 4, 1),
            channels: channels, channelMultipliers: multipliers,
            residualBlocks: file.parts(limit: Limits.residualBlocks) { "encoder.down.0.block.\($0).conv1.weight" },
            attentionLevels: (0..<levels).filter { file.has("encoder.down.\($0).attn.0.norm.weight") },
            hasMiddleAttention: file.has("decoder.mid.attn_1.norm.weight"))
        let doubled = try file.extent("encoder.conv_out.weight", 4, 0) == 2 * zChannels
        if doubled { throw file.error("has an encoder with twice the decoder's channels (double_z), as KL models do") }
        for (name, value, limit) in [
            ("codes", codebookSize, Limits.codebookSize), ("channels of a code", embedDim, Limits.channels),
            ("z_channels", zChannels, Limits.channels), ("residual blocks", residualBlocks, Limits.residualBlocks),
        ] where !(1...limit).contains(value) {
            throw file.error("has \(value) \(name); 1 to \(limit) are read")
        }
        for width in [channels] + levelChannels where !width.isMultiple(of: Limits.normGroups) {
            throw file.error("has a level of \(width) channels; all must be multiples of \(Limits.normGroups)")
        }
    }

    /// Compares everything a configuration states with what the weights tell; the prefix is not part of it.
    ///
    /// - Throws: `CheckpointError` that lists all that differ, in the words of the YAML file.
    public func check(against found: VQModelConfiguration, path: String) throws(CheckpointError) {
        func text(_ value: some Any) -> String { "\(value)" }
        let stated: [(String, String, String)] = [
            ("embed_dim", text(embedDim), text(found.embedDim)),
            ("n_embed", text(codebookSize), text(found.codebookSize)),
            ("z_channels", text(zChannels), text(found.zChannels)), ("ch", text(channels), text(found.channels)),
            ("ch_mult", text(channelMultipliers), text(found.channelMultipliers)),
            ("num_res_blocks", text(residualBlocks), text(found.residualBlocks)),
            ("attention at levels", text(attentionLevels), text(found.attentionLevels)),
            ("quantiser", text(quantizer), text(found.quantizer)),
            ("attention in the middle", text(hasMiddleAttention), text(found.hasMiddleAttention)),
        ]
        let differences = stated.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.2) instead of \($0.1)" }
        guard differences.isEmpty else {
            throw CheckpointError(
                path: path, message: "holds a VQGAN of \(differences.joined(separator: ", "))",
                hint: "the configuration belongs to another checkpoint; without one, the weights tell everything")
        }
    }

    /// What stands before the autoencoder's names.
    private static func prefix(in checkpoint: any Checkpoint) throws(CheckpointError) -> String {
        let mark = "decoder.conv_in.weight"
        let prefixes = checkpoint.names.filter { $0 == mark || $0.hasSuffix("." + mark) }.map {
            String($0.dropLast(mark.count))
        }
        for known in ["", "first_stage_model."] where prefixes.contains(known) { return known }
        if prefixes.count == 1 { return prefixes[0] }
        throw CheckpointError(
            path: checkpoint.path,
            message: prefixes.isEmpty
                ? "is not a VQGAN: it has no tensor '\(mark)'"
                : "holds several decoders: \(prefixes.prefix(4).joined(separator: ", "))",
            hint: "it should hold encoder, decoder and codebook in the layout of taming-transformers")
    }
}

/// The shapes under a prefix, with errors about the file.
private struct WeightShapes {
    let checkpoint: any Checkpoint
    let prefix: String

    func has(_ name: String) -> Bool { checkpoint.shape(of: prefix + name) != nil }

    func extent(_ name: String, _ axes: Int, _ axis: Int) throws(CheckpointError) -> Int {
        try checkpoint.extents(of: prefix + name, axes: axes, hint: "is this a VQGAN of taming's layout?")[axis]
    }

    func parts(limit: Int, _ name: (Int) -> String) -> Int { checkpoint.parts(limit: limit) { prefix + name($0) } }

    func error(_ message: String, hint: String? = nil) -> CheckpointError {
        CheckpointError(path: checkpoint.path, message: message, hint: hint)
    }

    /// Models that look alike but are none.
    func refuseStrangers() throws(CheckpointError) {
        if has("decoder.mid_block.resnets.0.norm1.weight") {
            throw error(
                "is in the key layout of diffusers, which is not read",
                hint: "use the checkpoint of the original authors (taming-transformers or latent-diffusion)")
        }
        if !has("quantize.embedding.weight"), !has("quantize.embed.weight") {
            throw error(
                "holds an autoencoder without a codebook ('\(prefix)quantize.embedding.weight'), as KL models are",
                hint: "use a VQ model, such as latent diffusion's vq-f4 or taming's vqgan_imagenet_f16_16384")
        }
    }
}
