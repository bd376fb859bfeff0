public import Checkpoints
public import TensorCore

/// Holds a backend and the networks against values that another implementation computed from the same weights.
///
/// A folder holds `about.json` (its `kind` and the names of a model's files) and `expected.safetensors` (inputs and
/// outputs, pictures as `[N, C, H, W]`). Whatever expected tensors are there are compared; a folder may hold a part.
///
/// | kind | compared |
/// |---|---|
/// | `vqgan` | `encoded`, `indices` of `encoded`, `decoded` of `z`, and `grad_z`, what `grad_out` gives on `z` |
/// | `clip` | `tokens` of the texts, `image_embedding`, `text_embedding`, `loss` and its gradient `grad_image` |
/// | `clip-visual` | the same of an image tower alone; `grad_image` is what `grad_out` gives |
/// | `loop` | the `losses` of some steps of a whole render, the last `z` and its `image` |
/// | `augmentation` | `output` and `grad_input` of one augmentation under each of some sets of recorded parameters |
/// | `cutouts` | `views` and `grad_image` of a whole cutout method under each of some sets of recorded parameters |
/// | `optimizer` | the variables `z` after every step (or the last) from `z0` along recorded `gradients` |
public enum ParityCheck {
    private static let supported = "supported are vqgan, clip, clip-visual, loop, augmentation, cutouts and optimizer"

    /// Compares everything a folder holds.
    ///
    /// - Parameters:
    ///   - folder: path of the folder.
    ///   - backend: who computes.
    ///   - tolerance: largest difference that passes, relative to each expected tensor's largest magnitude; indices and
    ///     tokens must be equal.
    /// - Returns: one row per compared tensor.
    /// - Throws: `CheckpointError` where the folder or a file it names cannot be used.
    public static func run(
        folder: String, backend: any Backend, tolerance: Float
    ) throws(CheckpointError) -> ParityReport {
        let parity = try ParityFolder(folder)
        let kind = try parity.about.text("kind")
        let rows: [ParityReport.Row]
        var used: Set<String> = []
        switch kind {
        case "vqgan":
            rows = try ParityVQGAN(parity, backend).rows(tolerance: tolerance)
        case "clip":
            rows = try ParityCLIP(parity, backend).rows(tolerance: tolerance)
        case "loop":
            rows = try ParityLoop(parity, backend).rows(tolerance: tolerance)
        case "optimizer":
            rows = try ParityOptimizer(parity).rows(tolerance: tolerance)
        case "augmentation":
            (rows, used) = try ParityViews(parity, backend).augmentation(tolerance: tolerance)
        case "cutouts":
            (rows, used) = try ParityViews(parity, backend).cutouts(tolerance: tolerance)
        case "clip-visual":
            rows = try ParityVision(parity, backend).rows(prompt: nil, tolerance: tolerance)
        default:
            throw parity.about.error("kind", "is '\(kind)'", hint: supported)
        }
        // What is expected but was not looked at would otherwise pass in silence.
        let inputs: [String: [String]] = [
            "vqgan": ["image", "encoded", "z", "grad_out"], "clip": ["image", "tokens", "text_embedding"],
            "clip-visual": ["image", "grad_out"], "loop": ["z0"], "optimizer": ["z0", "gradients"],
        ]
        let known = used.union(rows.map(\.name) + (inputs[kind] ?? []))
        let strangers = parity.expected.names.filter { !known.contains($0) }.sorted().map {
            ParityReport.Row(notCompared: $0, shape: parity.expected.shape(of: $0) ?? [])
        }
        return ParityReport(folder: folder, kind: kind, backend: backend.name, rows: rows + strangers)
    }
}
