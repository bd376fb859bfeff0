import Checkpoints
import TensorCore

/// The convolutional encoder of a VQGAN (Esser, Rombach and Ommer, "Taming transformers for high-resolution image
/// synthesis", 2021, table 7): levels of residual blocks, each half the size of the one before.
struct Encoder {
    private let convIn: Conv2d
    private let levels: [Level]
    /// One after every level but the last.
    private let downsamples: [Downsample]
    private let middle: Middle
    private let normOut: GroupNorm
    private let convOut: Conv2d

    init(_ weights: Weights, _ configuration: VQModelConfiguration) throws(CheckpointError) {
        let widths = configuration.levelChannels
        let coarsest = widths[widths.count - 1]
        convIn = try weights.conv2d("conv_in", out: configuration.channels, in: 3, .same3x3)
        levels = try widths.indices.map { level throws(CheckpointError) in
            try Level(
                weights.scope("down.\(level)"), blocks: configuration.residualBlocks,
                in: level == 0 ? configuration.channels : widths[level - 1], out: widths[level],
                attention: configuration.hasAttention(level: level))
        }
        downsamples = try widths.indices.dropLast().map { level throws(CheckpointError) in
            try Downsample(weights.scope("down.\(level).downsample"), channels: widths[level])
        }
        middle = try Middle(
            weights.scope("mid"), channels: coarsest, attention: configuration.hasMiddleAttention)
        normOut = try weights.groupNorm("norm_out", channels: coarsest)
        convOut = try weights.conv2d("conv_out", out: configuration.zChannels, in: coarsest, .same3x3)
    }

    /// `[N, H, W, 3]` in [-1, 1] to `[N, H/f, W/f, z_channels]`.
    func callAsFunction(_ image: Tensor, _ axes: CircularAxes) -> Tensor {
        var h = convIn(image, circular: axes)
        for (index, level) in levels.enumerated() {
            h = level(h, axes, insides: .max)
            if index < downsamples.count { h = downsamples[index](h, axes) }
        }
        return convOut(normOut(middle(h, axes), then: .swish), circular: axes)
    }
}
