import Checkpoints
import TensorCore

/// Self-attention over all positions of a feature map: one head, scale `C^-½`, residual.
///
/// Vaswani et al. 2017; for pictures Wang et al., "Non-local neural networks", 2018.
struct AttnBlock {
    private let norm: GroupNorm
    /// The 1×1 convolutions q, k and v as one product.
    private let qkv: Linear
    private let projection: Linear

    init(_ weights: Weights, channels: Int) throws(CheckpointError) {
        norm = try weights.groupNorm("norm", channels: channels)
        qkv = try weights.pointwise("q", "k", "v", out: channels, in: channels)
        projection = try weights.pointwise("proj_out", out: channels, in: channels)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let tokens: Shape = [x.shape[0], x.shape[1] * x.shape[2], x.shape[3]]
        let packed = qkv(norm(x).reshaped(to: tokens))
        let attended = projection(Tensor.apply(.attention(heads: 1, causal: false), [packed]))
        return x + attended.reshaped(to: x.shape)
    }
}
