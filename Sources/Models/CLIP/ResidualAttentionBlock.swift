import Checkpoints
import TensorCore

/// Transformer block with the norms in front: `x += attention(ln_1(x))`, then `x += mlp(ln_2(x))`.
///
/// Vaswani et al. 2017, in the order of Radford et al. 2019; `mlp(x) = c_proj(activation(c_fc(x)))`.
struct ResidualAttentionBlock {
    private let norm1: LayerNorm
    /// Rows of q, k and v side by side, as `attention` wants them.
    private let inProjection: Linear
    private let outProjection: Linear
    private let norm2: LayerNorm
    private let expand: Linear
    private let contract: Linear
    private let tower: CLIPConfiguration.Tower
    private let isCausal: Bool

    init(_ weights: Weights, _ tower: CLIPConfiguration.Tower, causal: Bool) throws(CheckpointError) {
        let width = tower.width
        norm1 = try weights.layerNorm("ln_1", channels: width, epsilon: tower.epsilon)
        inProjection = Linear(
            weight: try weights.matrix("attn.in_proj_weight", rows: 3 * width, columns: width),
            bias: try weights.vector("attn.in_proj_bias", count: 3 * width))
        outProjection = try weights.scaledLinear("attn.out_proj", by: "ls_1.gamma", out: width, in: width)
        norm2 = try weights.layerNorm("ln_2", channels: width, epsilon: tower.epsilon)
        expand = try weights.linear("mlp.c_fc", out: tower.hidden, in: width)
        contract = try weights.scaledLinear("mlp.c_proj", by: "ls_2.gamma", out: width, in: tower.hidden)
        self.tower = tower
        isCausal = causal
    }

    /// `[N, T, width]`, the shape stays.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let packed = inProjection(norm1(x))
        let attended = x + outProjection(Tensor.apply(.attention(heads: tower.heads, causal: isCausal), [packed]))
        return attended + contract(expand(norm2(attended)).activated(tower.activation))
    }
}

/// The blocks of one tower, one after the other.
struct Transformer {
    private let blocks: [ResidualAttentionBlock]

    init(_ weights: Weights, _ tower: CLIPConfiguration.Tower, causal: Bool) throws(CheckpointError) {
        blocks = try (0..<tower.layers).map { index throws(CheckpointError) in
            try ResidualAttentionBlock(weights.scope("resblocks.\(index)"), tower, causal: causal)
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
