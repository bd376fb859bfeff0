import Checkpoints
import TensorCore

/// A checkpoint that knows names and shapes, and holds nothing.
struct ShapesOnly: Checkpoint {
    var path = "shapes.ckpt"
    var shapes: [String: Shape] = [:]

    var names: [String] { shapes.keys.sorted() }
    var parameters: Int { shapes.values.reduce(0) { $0 + $1.count } }

    func shape(of name: String) -> Shape? { shapes[name] }

    func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        throw CheckpointError(path: path, message: "holds no values of '\(name)'")
    }

    /// All names behind a prefix.
    func prefixed(_ prefix: String) -> ShapesOnly {
        ShapesOnly(path: path, shapes: Dictionary(uniqueKeysWithValues: shapes.map { (prefix + $0.key, $0.value) }))
    }

    mutating func add(_ part: String, _ shape: Shape) {
        shapes["\(part).weight"] = shape
        shapes["\(part).bias"] = [shape[0]]
    }
}

/// A VQGAN's hyperparameters in the words of the papers, from which taming's names and shapes follow.
struct VQGANTable {
    var width = 128
    var multipliers = [1, 1, 2, 2, 4]
    var blocks = 2
    var attention = [4]
    var middle = true
    var z = 256
    var e = 256
    var codes = 16384
    var gumbel = false

    var checkpoint: ShapesOnly {
        var file = ShapesOnly()
        let widths = multipliers.map { $0 * width }
        let top = widths.count - 1
        func block(_ name: String, _ inputs: Int, _ out: Int) {
            for (part, channels) in [("norm1", inputs), ("norm2", out)] {
                file.shapes["\(name).\(part).weight"] = [channels]
                file.shapes["\(name).\(part).bias"] = [channels]
            }
            file.add("\(name).conv1", [out, inputs, 3, 3])
            file.add("\(name).conv2", [out, out, 3, 3])
            if inputs != out { file.add("\(name).nin_shortcut", [out, inputs, 1, 1]) }
        }
        func attend(_ name: String, _ channels: Int) {
            for part in ["weight", "bias"] { file.shapes["\(name).norm.\(part)"] = [channels] }
            for part in ["q", "k", "v", "proj_out"] { file.add("\(name).\(part)", [channels, channels, 1, 1]) }
        }
        for (coder, last) in [("encoder", z), ("decoder", 3)] {
            let isEncoder = coder == "encoder"
            let (side, count) = isEncoder ? ("down", blocks) : ("up", blocks + 1)
            file.add("\(coder).conv_in", isEncoder ? [width, 3, 3, 3] : [widths[top], z, 3, 3])
            for level in 0...top {
                let before = isEncoder ? (level == 0 ? width : widths[level - 1]) : widths[min(level + 1, top)]
                for index in 0..<count {
                    block(
                        "\(coder).\(side).\(level).block.\(index)", index == 0 ? before : widths[level], widths[level])
                    if attention.contains(level) { attend("\(coder).\(side).\(level).attn.\(index)", widths[level]) }
                }
                if isEncoder, level < top {
                    file.add("encoder.down.\(level).downsample.conv", [widths[level], widths[level], 3, 3])
                } else if !isEncoder, level > 0 {
                    file.add("decoder.up.\(level).upsample.conv", [widths[level], widths[level], 3, 3])
                }
            }
            for name in ["block_1", "block_2"] { block("\(coder).mid.\(name)", widths[top], widths[top]) }
            if middle { attend("\(coder).mid.attn_1", widths[top]) }
            let final = isEncoder ? widths[top] : widths[0]
            for part in ["weight", "bias"] { file.shapes["\(coder).norm_out.\(part)"] = [final] }
            file.add("\(coder).conv_out", [last, final, 3, 3])
        }
        file.add("quant_conv", [e, z, 1, 1])
        file.add("post_quant_conv", [z, e, 1, 1])
        file.shapes[gumbel ? "quantize.embed.weight" : "quantize.embedding.weight"] = [codes, e]
        if gumbel { file.add("quantize.proj", [codes, z, 1, 1]) }
        return file
    }
}
