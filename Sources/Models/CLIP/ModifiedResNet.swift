import Checkpoints
public import TensorCore

/// CLIP's convolutional image tower, a residual network with changes at both ends.
///
/// A ResNet (He, Zhang, Ren and Sun 2016) with a stem of three convolutions, anti-aliased by average pools in place of
/// strides (Zhang 2019), and attention in place of the last pool.
public struct ModifiedResNet: ImageTower {
    /// Side of the pictures it takes, in pixels: 32 times the attention pool's grid.
    public let imageSize: Int

    /// `[3]`, subtracted from every pixel; the stem's zeros stand for the mean, so it cannot become a bias.
    private let negativeMean: Tensor
    private let stem: [Conv2d]
    private let blocks: [Bottleneck]
    private let pool: AttentionPool

    /// Reads the tensors under `visual.`.
    init(
        _ weights: Weights, _ vision: CLIPConfiguration.Vision, _ network: CLIPConfiguration.ResNet
    ) throws(CheckpointError) {
        let width = network.width
        imageSize = vision.imageSize
        negativeMean = Tensor(vision.mean.map { Float(-$0) }, shape: [3], on: weights.backend)
        stem = [
            try weights.foldedConvolution(
                "conv1", "bn1", out: width / 2, in: 3,
                Convolution(kernel: 3, stride: 2, paddingBefore: 1, paddingAfter: 1),
                inputScale: vision.deviation.map { 1 / $0 }),
            try weights.foldedConvolution("conv2", "bn2", out: width / 2, in: width / 2, .same3x3),
            try weights.foldedConvolution("conv3", "bn3", out: width, in: width / 2, .same3x3),
        ]
        var blocks: [Bottleneck] = []
        var channels = width
        for layer in 0..<4 {
            for index in 0..<network.blocks[layer] {
                blocks.append(
                    try Bottleneck(
                        weights.scope("layer\(layer + 1).\(index)"), in: channels, planes: width << layer,
                        stride: layer > 0 && index == 0 ? 2 : 1))
                channels = Bottleneck.expansion * width << layer
            }
        }
        self.blocks = blocks
        pool = try AttentionPool(
            weights.scope("attnpool"), channels: channels, grid: imageSize / 32, out: vision.embedDim,
            heads: network.heads)
    }

    /// Embeddings `[N, d]` of pictures `[N, S, S, 3]` in [0, 1]; not normalised.
    public func callAsFunction(_ batch: Tensor) -> Tensor {
        checkShape(of: batch)
        // The deviation is folded into the first convolution.
        let stemmed = stem.reduce(batch + negativeMean) { x, conv in conv(x).activated(.relu) }
        return pool(blocks.reduce(stemmed.averagePooled(by: 2)) { $1($0) })
    }
}

/// Residual block of three convolutions, the middle one on a quarter of the channels.
///
/// `conv3(pool(relu(conv2(relu(conv1(x))))))` plus the input, which is pooled and projected where the shape changes;
/// then a ReLU. Every BatchNorm is folded into its convolution.
struct Bottleneck {
    /// Channels behind a block per channel inside it.
    static let expansion = 4

    private let reduce: Linear
    private let spatial: Conv2d
    private let expand: Linear
    private let shortcut: Linear?
    private let stride: Int

    init(_ weights: Weights, in inputs: Int, planes: Int, stride: Int) throws(CheckpointError) {
        let out = Self.expansion * planes
        reduce = try weights.foldedPointwise("conv1", "bn1", out: planes, in: inputs)
        spatial = try weights.foldedConvolution("conv2", "bn2", out: planes, in: planes, .same3x3)
        expand = try weights.foldedPointwise("conv3", "bn3", out: out, in: planes)
        shortcut =
            stride > 1 || inputs != out
            ? try weights.foldedPointwise("downsample.0", "downsample.1", out: out, in: inputs) : nil
        self.stride = stride
    }

    /// `[N, H, W, in] → [N, H/stride, W/stride, 4·planes]`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let inside = spatial(reduce(x).activated(.relu)).activated(.relu)
        let residual = expand(inside.averagePooled(by: stride))
        let skipped = x.averagePooled(by: stride)
        return (residual + (shortcut?(skipped) ?? skipped)).activated(.relu)
    }
}

/// Multi-head attention with one query, the mean of all positions, in place of an average pool.
struct AttentionPool {
    private let positions: Tensor
    private let query: Linear
    /// Keys and values as one product.
    private let keyValue: Linear
    private let projection: Linear
    private let heads: Int

    init(_ weights: Weights, channels: Int, grid: Int, out: Int, heads: Int) throws(CheckpointError) {
        positions = try weights.matrix("positional_embedding", rows: grid * grid + 1, columns: channels)
        query = try weights.linear("q_proj", out: channels, in: channels)
        var (weight, bias): ([Float], [Float]) = ([], [])
        for part in ["k_proj", "v_proj"] {
            weight += try weights.host("\(part).weight", [channels, channels])
            bias += try weights.host("\(part).bias", [channels])
        }
        keyValue = Linear(
            weight: Tensor(weight, shape: [2 * channels, channels], on: weights.backend),
            bias: Tensor(bias, shape: [2 * channels], on: weights.backend))
        projection = try weights.linear("c_proj", out: out, in: channels)
        self.heads = heads
    }

    /// `[N, g, g, C] → [N, d]`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (count, area, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
        let mean = Tensor.apply(.adaptiveAveragePool(height: 1, width: 1), [x]).reshaped(to: [count, 1, channels])
        let tokens = x.reshaped(to: [count, area, channels])
        let sequence = Tensor.apply(.concatenate(axis: 1), [mean, tokens]) + positions
        // Only the first row asks; the other rows' queries are zeros, and what they would get is dropped.
        let asked = query(sequence.slice(axis: 1, start: 0, count: 1))
        let queries = Tensor.apply(.embedSlice(axis: 1, start: 0, total: area + 1), [asked])
        let packed = Tensor.apply(.concatenate(axis: 2), [queries, keyValue(sequence)])
        let attended = Tensor.apply(.attention(heads: heads, causal: false), [packed])
        return projection(attended.slice(axis: 1, start: 0, count: 1).reshaped(to: [count, channels]))
    }
}

extension Tensor {
    /// The mean of every `factor × factor` cell; sides are multiples of the factor.
    fileprivate func averagePooled(by factor: Int) -> Tensor {
        if factor == 1 { return self }
        return Tensor.apply(
            .adaptiveAveragePool(height: shape[1] / factor, width: shape[2] / factor), [self])
    }
}
