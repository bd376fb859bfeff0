import Checkpoints
import TensorCore

/// Halves the size: 3×3 convolution with stride 2, one zero at the right and at the bottom only.
struct Downsample {
    private let conv: Conv2d

    init(_ weights: Weights, channels: Int) throws(CheckpointError) {
        conv = try weights.conv2d("conv", out: channels, in: channels, .downsample)
    }

    func callAsFunction(_ x: Tensor, _ axes: CircularAxes) -> Tensor { conv(x, circular: axes) }
}

/// Doubles the size: nearest neighbour, then a 3×3 convolution (Odena, Dumoulin and Olah 2016).
struct Upsample {
    private let conv: Conv2d

    init(_ weights: Weights, channels: Int) throws(CheckpointError) {
        conv = try weights.conv2d("conv", out: channels, in: channels, .same3x3)
    }

    func callAsFunction(_ x: Tensor, _ axes: CircularAxes) -> Tensor {
        conv.upsampling(x, circular: axes)
    }
}
