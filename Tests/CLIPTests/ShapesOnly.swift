import Checkpoints
import TensorCore

@testable import CLIP

/// A checkpoint that knows names and shapes, and holds nothing.
struct ShapesOnly: Checkpoint {
    var path = "shapes.pt"
    var shapes: [String: Shape] = [:]

    var names: [String] { shapes.keys.sorted() }

    func shape(of name: String) -> Shape? { shapes[name] }

    func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        throw CheckpointError(path: path, message: "holds no values of '\(name)'")
    }

    /// Elements of the tensors whose names satisfy a condition; a BatchNorm's statistics are no parameters.
    func parameters(_ isIncluded: (String) -> Bool) -> Int {
        shapes.filter { isIncluded($0.key) && !$0.key.contains(".running_") }.values.reduce(0) { $0 + $1.count }
    }

    mutating func add(_ part: String, _ shape: Shape) {
        shapes["\(part).weight"] = shape
        shapes["\(part).bias"] = [shape[0]]
    }

    mutating func addBlock(_ name: String, width: Int, hidden: Int) {
        for norm in ["ln_1", "ln_2"] { add("\(name).\(norm)", [width]) }
        shapes["\(name).attn.in_proj_weight"] = [3 * width, width]
        shapes["\(name).attn.in_proj_bias"] = [3 * width]
        add("\(name).attn.out_proj", [width, width])
        add("\(name).mlp.c_fc", [hidden, width])
        add("\(name).mlp.c_proj", [width, hidden])
    }

    mutating func addFolded(_ conv: String, _ norm: String, _ shape: Shape) {
        shapes["\(conv).weight"] = shape
        for part in ["weight", "bias", "running_mean", "running_var"] { shapes["\(norm).\(part)"] = [shape[0]] }
    }
}

/// A published CLIP's hyperparameters, from which OpenAI's names and shapes follow.
struct CLIPTable {
    enum Image {
        case vit(width: Int, layers: Int, heads: Int, patch: Int, hidden: Int)
        case resNet(width: Int, blocks: [Int])
    }

    var name: String
    var size: Int
    var image: Image
    var embedding: Int
    var textWidth: Int
    var textLayers = 12
    /// Image and text parameters where they are published.
    var parameters: (image: Int, text: Int)?

    static func vit(
        _ name: String, _ size: Int, _ width: Int, _ layers: Int, _ patch: Int, _ embedding: Int, text: Int,
        textLayers: Int = 12, headWidth: Int = 64, hidden: Int? = nil, _ parameters: (Int, Int)? = nil
    ) -> CLIPTable {
        CLIPTable(
            name: name, size: size,
            image: .vit(
                width: width, layers: layers, heads: width / headWidth, patch: patch, hidden: hidden ?? 4 * width),
            embedding: embedding, textWidth: text, textLayers: textLayers, parameters: parameters)
    }

    static func resNet(
        _ name: String, _ size: Int, _ width: Int, _ blocks: [Int], _ embedding: Int, text: Int,
        _ parameters: (Int, Int)
    ) -> CLIPTable {
        CLIPTable(
            name: name, size: size, image: .resNet(width: width, blocks: blocks), embedding: embedding,
            textWidth: text, parameters: parameters)
    }

    /// OpenAI's nine, then OpenCLIP's wider ones.
    static let published: [CLIPTable] = [
        .vit("ViT-B/32", 224, 768, 12, 32, 512, text: 512, (87_849_216, 63_428_096)),
        .vit("ViT-B/16", 224, 768, 12, 16, 512, text: 512, (86_192_640, 63_428_096)),
        .vit("ViT-L/14", 224, 1024, 24, 14, 768, text: 768, (303_966_208, 123_650_304)),
        .vit("ViT-L/14@336px", 336, 1024, 24, 14, 768, text: 768, (304_293_888, 123_650_304)),
        .resNet("RN50", 224, 64, [3, 4, 6, 3], 1024, text: 512, (38_316_896, 63_690_240)),
        .resNet("RN101", 224, 64, [3, 4, 23, 3], 512, text: 512, (56_259_936, 63_428_096)),
        .resNet("RN50x4", 288, 80, [4, 6, 10, 6], 640, text: 640, (87_137_080, 91_163_520)),
        .resNet("RN50x16", 384, 96, [6, 8, 18, 8], 768, text: 768, (167_328_912, 123_650_304)),
        .resNet("RN50x64", 448, 128, [3, 15, 36, 10], 1024, text: 1024, (420_380_352, 202_877_952)),
        .vit("ViT-B/16+240", 240, 896, 12, 16, 640, text: 640),
        .vit("ViT-H/14", 224, 1280, 32, 14, 1024, text: 1024, textLayers: 24, headWidth: 80),
        .vit("ViT-g/14", 224, 1408, 40, 14, 1024, text: 1024, textLayers: 24, headWidth: 88, hidden: 6144),
        .vit("ViT-bigG/14", 224, 1664, 48, 14, 1280, text: 1280, textLayers: 32, headWidth: 104, hidden: 8192),
    ]

    var checkpoint: ShapesOnly {
        var file = ShapesOnly()
        switch image {
        case .vit(let width, let layers, _, let patch, let hidden):
            let grid = size / patch
            file.shapes["visual.conv1.weight"] = [width, 3, patch, patch]
            file.shapes["visual.class_embedding"] = [width]
            file.shapes["visual.positional_embedding"] = [grid * grid + 1, width]
            for norm in ["ln_pre", "ln_post"] { file.add("visual.\(norm)", [width]) }
            for layer in 0..<layers {
                file.addBlock("visual.transformer.resblocks.\(layer)", width: width, hidden: hidden)
            }
            file.shapes["visual.proj"] = [width, embedding]
        case .resNet(let width, let blocks):
            file.addFolded("visual.conv1", "visual.bn1", [width / 2, 3, 3, 3])
            file.addFolded("visual.conv2", "visual.bn2", [width / 2, width / 2, 3, 3])
            file.addFolded("visual.conv3", "visual.bn3", [width, width / 2, 3, 3])
            var channels = width
            for layer in 0..<4 {
                let planes = width << layer
                for index in 0..<blocks[layer] {
                    let name = "visual.layer\(layer + 1).\(index)"
                    file.addFolded("\(name).conv1", "\(name).bn1", [planes, channels, 1, 1])
                    file.addFolded("\(name).conv2", "\(name).bn2", [planes, planes, 3, 3])
                    file.addFolded("\(name).conv3", "\(name).bn3", [4 * planes, planes, 1, 1])
                    if index == 0 {
                        file.addFolded("\(name).downsample.0", "\(name).downsample.1", [4 * planes, channels, 1, 1])
                    }
                    channels = 4 * planes
                }
            }
            let grid = size / 32
            file.shapes["visual.attnpool.positional_embedding"] = [grid * grid + 1, channels]
            for part in ["q_proj", "k_proj", "v_proj"] { file.add("visual.attnpool.\(part)", [channels, channels]) }
            file.add("visual.attnpool.c_proj", [embedding, channels])
        }
        file.shapes["token_embedding.weight"] = [49408, textWidth]
        file.shapes["positional_embedding"] = [77, textWidth]
        for layer in 0..<textLayers {
            file.addBlock("transformer.resblocks.\(layer)", width: textWidth, hidden: 4 * textWidth)
        }
        file.add("ln_final", [textWidth])
        file.shapes["text_projection"] = [textWidth, embedding]
        file.shapes["logit_scale"] = []
        return file
    }

    /// What should be found.
    func configuration(_ activation: Activation) -> CLIPConfiguration {
        let network: CLIPConfiguration.ImageNetwork =
            switch image {
            case .vit(let width, let layers, let heads, let patch, let hidden):
                .transformer(
                    .init(width: width, layers: layers, heads: heads, hidden: hidden, activation: activation),
                    patchSize: patch)
            case .resNet(let width, let blocks): .resNet(.init(blocks: blocks, width: width))
            }
        return CLIPConfiguration(
            vision: .init(network: network, imageSize: size, embedDim: embedding),
            text: .init(
                width: textWidth, layers: textLayers, heads: textWidth / 64, hidden: 4 * textWidth,
                activation: activation), contextLength: 77, vocabularySize: 49408)
    }
}
