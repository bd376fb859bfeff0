public import Checkpoints
public import TensorCore

/// A VQGAN with frozen weights (Esser, Rombach and Ommer, "Taming transformers for high-resolution image synthesis",
/// 2021): encoder, codebook and decoder.
///
/// Latents are `[N, h, w, e]` with `h` and `w` the picture's sides divided by `configuration.downsamplingFactor`.
public struct VQModel {
    /// What the model is made of.
    public let configuration: VQModelConfiguration

    private let encoder: Encoder
    private let quantConv: Linear
    private let quantizer: VectorQuantizer
    /// Of a `GumbelVQ`.
    private let logits: GumbelLogits?
    private let postQuantConv: Linear
    private let decoder: Decoder

    /// Takes the weights out of a checkpoint in taming's key layout; tensors of the training (`loss.…`) are not read.
    ///
    /// - Throws: `CheckpointError` naming the first tensor that is missing, misshapen or not finite.
    public static func load(
        checkpoint: any Checkpoint, configuration: VQModelConfiguration, on backend: any Backend
    ) throws(CheckpointError) -> VQModel {
        let weights = Weights(checkpoint, prefix: configuration.keyPrefix, on: backend)
        let (z, e) = (configuration.zChannels, configuration.embedDim)
        return VQModel(
            configuration: configuration,
            encoder: try Encoder(weights.scope("encoder"), configuration),
            quantConv: try weights.pointwise("quant_conv", out: e, in: z),
            quantizer: try VectorQuantizer(weights.scope("quantize"), configuration),
            logits: configuration.quantizer == .gumbel
                ? try GumbelLogits(weights.scope("quantize"), configuration) : nil,
            postQuantConv: try weights.pointwise("post_quant_conv", out: z, in: e),
            decoder: try Decoder(weights.scope("decoder"), configuration))
    }

    /// Loads a checkpoint file.
    ///
    /// - Parameters:
    ///   - path: the checkpoint.
    ///   - config: its YAML file, which is held against the weights; nil takes everything from the weights.
    ///   - backend: where the model runs.
    /// - Returns: the model.
    /// - Throws: `CheckpointError` where a file cannot be used or the two do not belong together.
    public static func load(
        path: String, config: String? = nil, on backend: any Backend
    ) throws(CheckpointError) -> VQModel {
        // A configuration of what is not supported says so better than the weights do.
        let stated = try config.map { path throws(CheckpointError) in try VQModelConfiguration(path: path) }
        let checkpoint = try openCheckpoint(at: path)
        let configuration = try VQModelConfiguration(of: checkpoint)
        try stated?.check(against: configuration, path: path)
        return try load(checkpoint: checkpoint, configuration: configuration, on: backend)
    }

    /// Latents of pictures `[N, H, W, 3]` in [-1, 1], before the nearest codes are taken.
    ///
    /// Sides that are no multiple of the downsampling factor lose their remainder at the right and the bottom.
    /// Along `seamless` axes the picture has no border: every convolution sees the other side beyond it.
    public func encode(_ image: Tensor, seamless axes: CircularAxes = []) -> Tensor { quantConv(encoder(image, axes)) }

    /// The codes that stand for pictures `[N, H, W, 3]` in [-1, 1]: `[N, h, w]`, whole numbers as float32.
    ///
    /// These are the nearest codes of `encode(_:)`; in a Gumbel model those with the largest logit.
    public func codes(ofPicture image: Tensor, seamless axes: CircularAxes = []) -> Tensor {
        guard let logits else { return codes(of: encode(image, seamless: axes)) }
        let h = encoder(image, axes)
        return logits.codes(of: logits.followsQuantConv ? quantConv(h) : h)
    }

    /// The quantised latents of pictures, `[N, H, W, 3]` in [-1, 1] to `[N, h, w, e]`: rows of the codebook.
    public func quantizedEncoding(of image: Tensor, seamless axes: CircularAxes = []) -> Tensor {
        Tensor.apply(.gather, [codebook, codes(ofPicture: image, seamless: axes)])
    }

    /// Index of the nearest code at every position: `[N, h, w, e] → [N, h, w]`, whole numbers as float32.
    public func codes(of z: Tensor) -> Tensor { quantizer.codes(of: z) }

    /// The nearest code at every position, with the gradient passed straight through to `z`.
    public func quantized(_ z: Tensor) -> Tensor { quantizer(z) }

    /// The picture of a latent: `[N, h, w, e] → [N, H, W, 3]` in [0, 1].
    ///
    /// The nearest codes are decoded and moved from [-1, 1] to [0, 1]; values beyond are clamped, and pass back only
    /// the part of a gradient that leads them back in. Along `seamless` axes the picture has no border; moving the latent
    /// around by a position then moves the picture around by the downsampling factor.
    ///
    /// For the way back the tape keeps the input of every norm, unless `memory` says that it should keep less of the
    /// decoder's levels, finest first; the result is the same.
    public func decode(_ z: Tensor, seamless axes: CircularAxes = [], memory: [LevelMemory] = []) -> Tensor {
        decoder(postQuantConv(quantizer(z)), axes, memory: memory)
            .affine(scale: 0.5, shift: 0.5).clamped(0, 1, rule: .restoring)
    }

    /// All codes, `[K, e]`.
    public var codebook: Tensor { quantizer.codebook }

    /// The smallest and the largest value of every channel of the codebook, `[e]` each.
    ///
    /// Copies the codebook to the host: ask once and keep it.
    public var codebookRange: (low: Tensor, high: Tensor) {
        let (channels, values) = (configuration.embedDim, codebook.values)
        var (low, high) = (Array(values[..<channels]), Array(values[..<channels]))
        for (index, value) in values.enumerated() {
            let channel = index % channels
            low[channel] = min(low[channel], value)
            high[channel] = max(high[channel], value)
        }
        let shape: Shape = [channels]
        return (Tensor(low, shape: shape, on: codebook.backend), Tensor(high, shape: shape, on: codebook.backend))
    }
}
