import CLIP
import Checkpoints
import TensorCore

/// Which model a checkpoint is of, told from names and shapes alone.
struct ModelLayout {
    var kind: InstalledModel.Kind?
    var architecture = "unknown"
    /// What the names of used tensors begin with.
    private var prefixes: [String] = []

    init(_ checkpoint: any Checkpoint) {
        for prefix in ["", "first_stage_model."] where checkpoint.shape(of: prefix + "decoder.conv_in.weight") != nil {
            kind = .vqgan
            prefixes = ["encoder.", "decoder.", "quantize.", "quant_conv.", "post_quant_conv."].map { prefix + $0 }
            architecture = ModelLayout.vqgan(checkpoint, prefix)
            return
        }
        let marks = [
            "visual.conv1.weight", "module.visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight",
        ]
        guard marks.contains(where: { checkpoint.shape(of: $0) != nil }) else { return }
        kind = .clip
        prefixes = ["visual", "transformer.", "text", "vision_model.", "token_embedding.", "positional_embedding"]
        prefixes += ["ln_final.", "logit_scale", "module."]
        // What the networks do not read yet is described by its own names as far as they go.
        architecture = ModelLayout.clip((try? openAIKeys(of: checkpoint)) ?? checkpoint)
    }

    func belongs(_ name: String) -> Bool { prefixes.contains { name.hasPrefix($0) } }

    private static func vqgan(_ checkpoint: any Checkpoint, _ prefix: String) -> String {
        let nearest = checkpoint.shape(of: prefix + "quantize.embedding.weight")
        let codes = nearest ?? checkpoint.shape(of: prefix + "quantize.embed.weight")
        var levels = 0
        while checkpoint.shape(of: "\(prefix)decoder.up.\(levels).block.0.norm1.weight") != nil { levels += 1 }
        guard let codes, codes.rank == 2, (1...16).contains(levels) else { return "VQGAN of unknown shape" }
        let wrapper = prefix.isEmpty ? "" : "Net2Net with "
        let family = nearest == nil ? "GumbelVQ" : "VQGAN"
        return "\(wrapper)\(family) f\(1 << (levels - 1)), \(codes[0]) codes of \(codes[1])"
    }

    private static func clip(_ checkpoint: any Checkpoint) -> String {
        func extent(_ name: String, _ axis: Int) -> Int? {
            guard let shape = checkpoint.shape(of: name), shape.rank > axis else { return nil }
            return shape[axis]
        }
        func blocks(_ prefix: String) -> Int {
            checkpoint.names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".ln_1.weight") }.count
        }
        var parts: [String] = []
        if let patch = extent("visual.conv1.weight", 3), let width = extent("visual.ln_post.weight", 0) {
            let positions = extent("visual.positional_embedding", 0) ?? 1
            let grid = Int(Double(max(0, positions - 1)).squareRoot().rounded())
            parts.append("ViT/\(patch) of width \(width), \(blocks("visual.transformer.")) layers, \(grid * patch) px")
        } else if let width = extent("visual.layer1.0.conv1.weight", 0) {
            let depths = (1...4).map { layer in
                Set(
                    checkpoint.names.filter { $0.hasPrefix("visual.layer\(layer).") }
                        .compactMap { $0.split(separator: ".").dropFirst(2).first }
                ).count
            }
            parts.append("ResNet \(depths.map(String.init).joined(separator: "-")) of width \(width)")
        }
        if let width = extent("ln_final.weight", 0) {
            parts.append("text of width \(width), \(blocks("transformer.")) layers")
        } else {
            parts.append("no text tower")
        }
        if let embedding = extent("text_projection", 1) { parts.append("embedding \(embedding)") }
        return "CLIP " + parts.joined(separator: ", ")
    }
}
