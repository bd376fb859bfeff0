import Checkpoints
import TensorCore

/// Transformer block with the norms in front: `x += attention(ln_1(x))`, then `x += mlp(ln_2(x))`.
///
/// Vaswani et al. 2017, in the order of Radford et al. 2019; `mlp(x) = c_proj(activation(c_fc(x)))`.
struct ResidualAttentionBlock {
    private let norm1: LayerNorm
    /// Rows of q, k and v side by side, as `attention` wants them; in a summarising block without those of q.
    private let inProjection: Linear
    /// Rows of q, in a summarising block.
    private let query: Linear?
    private let outProjection: Linear
    private let norm2: LayerNorm
    private let expand: Linear
    private let contract: Linear
    private let tower: CLIPConfiguration.Tower
    private let isCausal: Bool

    /// Reads the tensors of a block; a summarising one is the last of a tower of which only the first row is wanted.
    init(
        _ weights: Weights, _ tower: CLIPConfiguration.Tower, causal: Bool, summarizing: Bool = false
    ) throws(CheckpointError) {
        let width = tower.width
        norm1 = try weights.layerNorm("ln_1", channels: width, epsilon: tower.epsilon)
        /// The rows of some of q, k and v.
        func rows(_ parts: Range<Int>) throws(CheckpointError) -> Linear {
            let (first, count) = (parts.lowerBound * width, parts.count * width)
            /// Copies runs of `each` elements.
            func take(_ each: Int) -> (UnsafeBufferPointer<Float>, UnsafeMutablePointer<Float>) -> Void {
                { source, target in
                    if let base = source.baseAddress { target.update(from: base + first * each, count: count * each) }
                }
            }
            return Linear(
                weight: try weights.constant(
                    [count, width], of: [("attn.in_proj_weight", [3 * width, width])], take(width)),
                bias: try weights.constant([count], of: [("attn.in_proj_bias", [3 * width])], take(1)))
        }
        inProjection = try rows(summarizing ? 1..<3 : 0..<3)
        query = summarizing ? try rows(0..<1) : nil
        outProjection = try weights.scaledLinear("attn.out_proj", by: "ls_1.gamma", out: width, in: width)
        norm2 = try weights.layerNorm("ln_2", channels: width, epsilon: tower.epsilon)
        expand = try weights.linear("mlp.c_fc", out: tower.hidden, in: width)
        contract = try weights.scaledLinear("mlp.c_proj", by: "ls_2.gamma", out: width, in: tower.hidden)
        self.tower = tower
        isCausal = causal
    }

    /// `[N, T, width]`, the shape stays; a summarising block gives the first row alone, `[N, 1, width]`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let normed = norm1(x)
        guard let query else { return perceive(x, attend(inProjection(normed))) }
        // All rows are looked at, but only the first one asks: the other queries are zeros, and what they get is dropped.
        let first = query(normed.slice(axis: 1, start: 0, count: 1))
        let queries = Tensor.apply(.embedSlice(axis: 1, start: 0, total: x.shape[1]), [first])
        let packed = Tensor.apply(.concatenate(axis: 2), [queries, inProjection(normed)])
        return perceive(x.slice(axis: 1, start: 0, count: 1), attend(packed).slice(axis: 1, start: 0, count: 1))
    }

    private func attend(_ packed: Tensor) -> Tensor {
        Tensor.apply(.attention(heads: tower.heads, causal: isCausal), [packed])
    }

    /// The part after the attention, which sees every row by itself.
    private func perceive(_ x: Tensor, _ attention: Tensor) -> Tensor {
        let attended = x + outProjection(attention)
        return attended + contract(expand(norm2(attended)).activated(tower.activation))
    }
}

/// The blocks of one tower, one after the other.
struct Transformer {
    private let blocks: [ResidualAttentionBlock]

    /// Reads the blocks; a summarising tower gives the first row alone, and its last block computes no other.
    init(
        _ weights: Weights, _ tower: CLIPConfiguration.Tower, causal: Bool, summarizing: Bool = false
    ) throws(CheckpointError) {
        blocks = try (0..<tower.layers).map { index throws(CheckpointError) in
            try ResidualAttentionBlock(
                weights.scope("resblocks.\(index)"), tower, causal: causal,
                summarizing: summarizing && index == tower.layers - 1)
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { blocks.reduce(x) { $1($0) } }
}

extension Weights {
    /// A linear layer with the LayerScale behind it folded in, where there is one.
    ///
    /// Touvron and others, "Going deeper with image transformers", 2021: a learned factor per channel.
    fileprivate func scaledLinear(
        _ part: String, by scale: String, out: Int, in inputs: Int
    ) throws(CheckpointError) -> Linear {
        guard checkpoint.shape(of: prefix + scale) != nil else { return try linear(part, out: out, in: inputs) }
        let gamma = try host(scale, [out])
        var (weight, bias) = (try host("\(part).weight", [out, inputs]), try host("\(part).bias", [out]))
        for row in 0..<out {
            bias[row] *= gamma[row]
            for column in 0..<inputs { weight[row * inputs + column] *= gamma[row] }
        }
        return Linear(
            weight: Tensor(weight, shape: [out, inputs], on: backend), bias: Tensor(bias, shape: [out], on: backend))
    }
}
