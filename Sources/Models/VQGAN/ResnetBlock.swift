import Checkpoints
import TensorCore

/// Residual block of Ho, Jain and Abbeel 2020 without the time embedding.
///
/// `h = conv1(swish(norm1(x)))`, `h = conv2(swish(norm2(h)))`, result `skip(x) + h`, where the skip path is a 1×1
/// convolution of the raw input if the number of channels changes.
struct ResnetBlock {
    private let norm1: GroupNorm
    private let conv1: Conv2d
    private let norm2: GroupNorm
    private let conv2: Conv2d
    private let shortcut: Linear?

    init(_ weights: Weights, in inputs: Int, out: Int) throws(CheckpointError) {
        norm1 = try weights.groupNorm("norm1", channels: inputs)
        conv1 = try weights.conv2d("conv1", out: out, in: inputs, .same3x3)
        norm2 = try weights.groupNorm("norm2", channels: out)
        conv2 = try weights.conv2d("conv2", out: out, in: out, .same3x3)
        shortcut = inputs == out ? nil : try weights.pointwise("nin_shortcut", out: out, in: inputs)
    }

    /// The block; what lies between its convolutions is computed again on the way back unless it is to be kept.
    ///
    /// A hollow input is put on the tape, with what the way back will want and nothing else.
    func callAsFunction(_ x: Tensor, _ axes: CircularAxes, keepsInside: Bool = true) -> Tensor {
        // Nested calls instead of names: a feature map goes as soon as the next one is there.
        conv2(
            norm2(inner(x, axes, keepsInside: keepsInside), then: .swish), circular: axes, addedTo: shortcut?(x) ?? x)
    }

    private func inner(_ x: Tensor, _ axes: CircularAxes, keepsInside: Bool) -> Tensor {
        func inside(_ x: Tensor) -> Tensor { conv1(norm1(x, then: .swish), circular: axes) }
        guard x.isHollow || !keepsInside else { return inside(x) }
        let input = x.solid
        guard x.isHollow else { return inside(x).remade { inside(input) } }
        // At once: later the cotangent would lie in memory beside it.
        let elements = inside(input)
        return inside(x).remade { elements }
    }
}
