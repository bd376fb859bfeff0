import Checkpoints
public import TensorCore

/// CLIP's image tower: a vision transformer (Dosovitskiy et al., "An image is worth 16x16 words", 2021) with a norm in
/// front of the blocks.
public struct VisionTransformer: ImageTower {
    /// Side of the pictures it takes, in pixels.
    public let imageSize: Int

    private let patches: Conv2d
    /// `[1, 1, width]`.
    private let classToken: Tensor
    private let positions: Tensor
    private let normPre: LayerNorm
    private let transformer: Transformer
    private let normPost: LayerNorm
    private let projection: Linear

    /// Reads the tensors under `visual.`.
    init(
        _ weights: Weights, _ vision: CLIPConfiguration.Vision, _ tower: CLIPConfiguration.Tower, patchSize: Int
    ) throws(CheckpointError) {
        let grid = vision.imageSize / patchSize
        patches = try Self.normalizingPatches(weights, vision, width: tower.width, patchSize)
        classToken = try weights.vector("class_embedding", count: tower.width).reshaped(to: [1, 1, tower.width])
        positions = try weights.matrix("positional_embedding", rows: grid * grid + 1, columns: tower.width)
        normPre = try weights.layerNorm("ln_pre", channels: tower.width, epsilon: tower.epsilon)
        transformer = try Transformer(weights.scope("transformer"), tower, causal: false, summarizing: true)
        normPost = try weights.layerNorm("ln_post", channels: tower.width, epsilon: tower.epsilon)
        projection = Linear(
            weight: try weights.matrix("proj", rows: tower.width, columns: vision.embedDim).transposed(),
            bias: nil)
        imageSize = vision.imageSize
    }

    /// Embeddings `[N, d]` of pictures `[N, S, S, 3]` in [0, 1]; not normalised.
    public func callAsFunction(_ batch: Tensor) -> Tensor {
        checkShape(of: batch)
        let embedded = patches(batch)
        let (count, width) = (batch.shape[0], embedded.shape[3])
        let tokens = embedded.reshaped(to: [count, embedded.shape[1] * embedded.shape[2], width])
        let sequence = Tensor.apply(.concatenate(axis: 1), [classToken.repeatedBatch(count), tokens]) + positions
        let summary = transformer(normPre(sequence))
        return projection(normPost(summary.reshaped(to: [count, width])))
    }

    /// The patch embedding with the picture's normalisation folded in.
    ///
    /// `w·(x − mean)/σ = (w/σ)·x − Σ w·mean/σ`: a bias instead of two passes over all cutouts. Without padding the two
    /// forms are equal up to rounding.
    private static func normalizingPatches(
        _ weights: Weights, _ vision: CLIPConfiguration.Vision, width: Int, _ patch: Int
    ) throws(CheckpointError) -> Conv2d {
        var stored = try weights.host("conv1.weight", [width, 3, patch, patch])
        var bias = [Double](repeating: 0, count: width)
        let area = patch * patch
        for out in 0..<width {
            for channel in 0..<3 {
                let (mean, deviation) = (vision.mean[channel], vision.deviation[channel])
                let start = (out * 3 + channel) * area
                for index in start..<start + area {
                    let scaled = Double(stored[index]) / deviation
                    bias[out] -= scaled * mean
                    stored[index] = Float(scaled)
                }
            }
        }
        var turned = [Float](repeating: 0, count: stored.count)
        for out in 0..<width {
            for channel in 0..<3 {
                for k in 0..<area { turned[(out * area + k) * 3 + channel] = stored[(out * 3 + channel) * area + k] }
            }
        }
        return Conv2d(
            weight: Tensor(turned, shape: [width, patch, patch, 3], on: weights.backend),
            bias: Tensor(bias.map(Float.init), shape: [width], on: weights.backend), .patches(patch))
    }
}
