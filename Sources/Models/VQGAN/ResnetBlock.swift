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

    /// The block; a frugal one does not keep what lies between its convolutions, and computes the first one twice.
    func callAsFunction(_ x: Tensor, _ axes: CircularAxes, frugal: Bool = false) -> Tensor {
        func inside(_ x: Tensor) -> Tensor { conv1(norm1(x, then: .swish), circular: axes) }
        var inner = inside(x)
        if frugal {
            let input = x.detached()
            inner = inner.remade { inside(input) }
        }
        let h = conv2(norm2(inner, then: .swish), circular: axes)
        return (shortcut?(x) ?? x) + h
    }
}
