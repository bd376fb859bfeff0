import TensorCore
import VQGAN

/// Names and shapes of the published models' tensors.
enum PublishedShapes {
    /// A VQGAN in taming's key layout.
    static func vqgan(_ configuration: VQModelConfiguration) -> [(name: String, shape: Shape)] {
        var list = TensorList()
        let widths = configuration.channelMultipliers.map { $0 * configuration.channels }
        let (z, e, top) = (configuration.zChannels, configuration.embedDim, widths.count - 1)
        func hasAttention(_ level: Int) -> Bool { configuration.attentionLevels.contains(level) }
        list.convolution("encoder.conv_in", out: configuration.channels, in: 3)
        for level in widths.indices {
            list.level(
                "encoder.down.\(level)", blocks: configuration.residualBlocks,
                in: level == 0 ? configuration.channels : widths[level - 1], out: widths[level],
                attention: hasAttention(level))
            if level < top {
                list.convolution("encoder.down.\(level).downsample.conv", out: widths[level], in: widths[level])
            }
        }
        for part in ["encoder", "decoder"] {
            list.block("\(part).mid.block_1", in: widths[top], out: widths[top])
            list.attention("\(part).mid.attn_1", channels: widths[top])
            list.block("\(part).mid.block_2", in: widths[top], out: widths[top])
        }
        list.norm("encoder.norm_out", widths[top])
        list.convolution("encoder.conv_out", out: z, in: widths[top])
        list.convolution("decoder.conv_in", out: widths[top], in: z)
        for level in widths.indices.reversed() {
            list.level(
                "decoder.up.\(level)", blocks: configuration.residualBlocks + 1, in: widths[min(level + 1, top)],
                out: widths[level], attention: hasAttention(level))
            if level > 0 {
                list.convolution("decoder.up.\(level).upsample.conv", out: widths[level], in: widths[level])
            }
        }
        list.norm("decoder.norm_out", widths[0])
        list.convolution("decoder.conv_out", out: 3, in: widths[0])
        list.add("quantize.embedding.weight", [configuration.codebookSize, e])
        list.convolution("quant_conv", out: e, in: z, kernel: 1)
        list.convolution("post_quant_conv", out: z, in: e, kernel: 1)
        return list.tensors
    }

    /// A CLIP with a vision transformer in OpenAI's key layout.
    static func clip(_ clip: PublishedCLIP) -> [(name: String, shape: Shape)] {
        var list = TensorList()
        let (width, textWidth, grid) = (768, 512, clip.imageSize / clip.patchSize)
        list.add("visual.conv1.weight", [width, 3, clip.patchSize, clip.patchSize])
        list.add("visual.class_embedding", [width])
        list.add("visual.positional_embedding", [grid * grid + 1, width])
        list.norm("visual.ln_pre", width)
        list.transformer("visual.transformer", layers: 12, width: width)
        list.norm("visual.ln_post", width)
        list.add("visual.proj", [width, 512])
        list.add("token_embedding.weight", [49_408, textWidth])
        list.add("positional_embedding", [77, textWidth])
        list.transformer("transformer", layers: 12, width: textWidth)
        list.norm("ln_final", textWidth)
        list.add("text_projection", [textWidth, 512])
        return list.tensors
    }
}

/// Collects tensors layer by layer.
private struct TensorList {
    var tensors: [(name: String, shape: Shape)] = []

    mutating func add(_ name: String, _ shape: Shape) { tensors.append((name, shape)) }

    mutating func norm(_ name: String, _ channels: Int) {
        add("\(name).weight", [channels])
        add("\(name).bias", [channels])
    }

    mutating func linear(_ name: String, out: Int, in inputs: Int) {
        add("\(name).weight", [out, inputs])
        add("\(name).bias", [out])
    }

    mutating func convolution(_ name: String, out: Int, in inputs: Int, kernel: Int = 3) {
        add("\(name).weight", [out, inputs, kernel, kernel])
        add("\(name).bias", [out])
    }

    mutating func block(_ name: String, in inputs: Int, out: Int) {
        norm("\(name).norm1", inputs)
        convolution("\(name).conv1", out: out, in: inputs)
        norm("\(name).norm2", out)
        convolution("\(name).conv2", out: out, in: out)
        if inputs != out { convolution("\(name).nin_shortcut", out: out, in: inputs, kernel: 1) }
    }

    mutating func attention(_ name: String, channels: Int) {
        norm("\(name).norm", channels)
        for part in ["q", "k", "v", "proj_out"] {
            convolution("\(name).\(part)", out: channels, in: channels, kernel: 1)
        }
    }

    mutating func level(_ name: String, blocks: Int, in inputs: Int, out: Int, attention isAttentive: Bool) {
        for index in 0..<blocks {
            block("\(name).block.\(index)", in: index == 0 ? inputs : out, out: out)
            if isAttentive { attention("\(name).attn.\(index)", channels: out) }
        }
    }

    mutating func transformer(_ name: String, layers: Int, width: Int) {
        for layer in 0..<layers {
            let block = "\(name).resblocks.\(layer)"
            norm("\(block).ln_1", width)
            add("\(block).attn.in_proj_weight", [3 * width, width])
            add("\(block).attn.in_proj_bias", [3 * width])
            linear("\(block).attn.out_proj", out: width, in: width)
            norm("\(block).ln_2", width)
            linear("\(block).mlp.c_fc", out: 4 * width, in: width)
            linear("\(block).mlp.c_proj", out: width, in: 4 * width)
        }
    }
}
