import Checkpoints
import TensorCore

/// The convolutional decoder of a VQGAN (Esser, Rombach and Ommer 2021, table 7): the encoder's mirror image, with one
/// residual block more on every level.
struct Decoder {
    private let convIn: Conv2d
    private let middle: Middle
    /// Coarsest first, in the order in which they are run.
    private let levels: [Level]
    /// One after every level but the finest.
    private let upsamples: [Upsample]
    private let normOut: GroupNorm
    private let convOut: Conv2d

    init(_ weights: Weights, _ configuration: VQModelConfiguration) throws(CheckpointError) {
        let widths = configuration.levelChannels
        let top = widths.count - 1
        convIn = try weights.conv2d("conv_in", out: widths[top], in: configuration.zChannels, .same3x3)
        middle = try Middle(
            weights.scope("mid"), channels: widths[top], attention: configuration.hasMiddleAttention)
        levels = try widths.indices.reversed().map { level throws(CheckpointError) in
            try Level(
                weights.scope("up.\(level)"), blocks: configuration.residualBlocks + 1,
                in: widths[min(level + 1, top)], out: widths[level],
                attention: configuration.hasAttention(level: level))
        }
        upsamples = try widths.indices.dropFirst().reversed().map { level throws(CheckpointError) in
            try Upsample(weights.scope("up.\(level).upsample"), channels: widths[level])
        }
        normOut = try weights.groupNorm("norm_out", channels: widths[0])
        convOut = try weights.conv2d("conv_out", out: 3, in: widths[0], .same3x3)
    }

    /// `[N, h, w, z_channels]` to `[N, h·f, w·f, 3]`, nominally in [-1, 1].
    ///
    /// `memory` says what each level keeps, finest first; levels beyond it keep everything.
    func callAsFunction(_ z: Tensor, _ axes: CircularAxes, memory: [LevelMemory]) -> Tensor {
        var h = middle(convIn(z, circular: axes), axes)
        for (place, level) in levels.enumerated() {
            let upsample = place > 0 ? upsamples[place - 1] : nil
            let finer = levels.count - 1 - place
            let kept = finer < memory.count ? memory[finer] : .everything
            if case .level(let inputs) = kept, let blocks = level.pieces(axes) {
                let before = upsample.map { upsample in [{ upsample($0, axes) }] } ?? []
                h = h.recomputing(through: before + blocks, keeping: inputs)
            } else {
                if let upsample { h = upsample(h, axes) }
                h = level(h, axes, insides: kept.insides)
            }
        }
        return convOut(normOut(h, then: .swish), circular: axes)
    }
}
