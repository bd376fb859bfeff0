import Checkpoints
import TensorCore

/// Residual blocks of one resolution, each followed by attention where the configuration says so.
struct Level {
    private let blocks: [ResnetBlock]
    private let attentions: [AttnBlock]

    /// Reads `block.0 …` and `attn.0 …`; the first block takes `inputs` channels, the others `out`.
    init(_ weights: Weights, blocks count: Int, in inputs: Int, out: Int, attention: Bool) throws(CheckpointError) {
        blocks = try (0..<count).map { index throws(CheckpointError) in
            try ResnetBlock(weights.scope("block.\(index)"), in: index == 0 ? inputs : out, out: out)
        }
        attentions = try (0..<(attention ? count : 0)).map { index throws(CheckpointError) in
            try AttnBlock(weights.scope("attn.\(index)"), channels: out)
        }
    }

    /// All blocks; the last `insides` of them keep what lies between their convolutions.
    func callAsFunction(_ x: Tensor, _ axes: CircularAxes, insides: Int) -> Tensor {
        var h = x
        for (index, block) in blocks.enumerated() {
            h = block(h, axes, keepsInside: blocks.count - index <= insides)
            if !attentions.isEmpty { h = attentions[index](h) }
        }
        return h
    }

    /// The blocks one by one; nil where attention stands between them.
    func pieces(_ axes: CircularAxes) -> [(Tensor) -> Tensor]? {
        guard attentions.isEmpty else { return nil }
        return blocks.map { block in { block($0, axes) } }
    }
}

/// The coarsest part of encoder and decoder: block, attention unless the model has none, block.
struct Middle {
    private let block1: ResnetBlock
    private let attention: AttnBlock?
    private let block2: ResnetBlock

    init(_ weights: Weights, channels: Int, attention hasAttention: Bool) throws(CheckpointError) {
        block1 = try ResnetBlock(weights.scope("block_1"), in: channels, out: channels)
        attention = hasAttention ? try AttnBlock(weights.scope("attn_1"), channels: channels) : nil
        block2 = try ResnetBlock(weights.scope("block_2"), in: channels, out: channels)
    }

    func callAsFunction(_ x: Tensor, _ axes: CircularAxes) -> Tensor {
        let h = block1(x, axes)
        return block2(attention?(h) ?? h, axes)
    }
}
