import CLIP
import Checkpoints
import Foundation
import Guidance
import TensorCore
import VQGAN

/// The published CLIPs that a benchmark can make up.
public enum PublishedCLIP: String, CaseIterable, Sendable {
    /// Patches of 32 pixels: the default of the published programs.
    case viTB32 = "ViT-B/32"
    /// Patches of 16 pixels: four times the tokens.
    case viTB16 = "ViT-B/16"

    var imageSize: Int { 224 }
    var patchSize: Int { self == .viTB32 ? 32 : 16 }
}

/// The models of a benchmark: made up in the published shapes, or read from files.
public enum BenchModels: Sendable {
    /// Random weights: the f16 VQGAN with 16384 codes, and a CLIP.
    case synthetic(PublishedCLIP)
    /// Checkpoints with their configurations beside them.
    case files(vqgan: String, clip: String)

    /// Loads the models.
    func load(on backend: any Backend) throws -> GuidanceModels {
        switch self {
        case .files(let vqgan, let clip):
            var spec = RenderDefaults.published.spec
            (spec.vqgan, spec.clip) = (FileReference(name: vqgan), FileReference(name: clip))
            return try GuidanceModels.load(for: spec, on: backend)
        case .synthetic(let published):
            let painter = try VQModelConfiguration(text: BenchModels.vqganYAML, type: "yaml")
            let judge = try CLIPConfiguration(text: BenchModels.clipJSON(published), type: "json")
            let clip = try CLIPModel.load(
                checkpoint: SyntheticCheckpoint(published.rawValue, tensors: PublishedShapes.clip(published)),
                configuration: judge, on: backend)
            return GuidanceModels(
                vqgan: try VQModel.load(
                    checkpoint: SyntheticCheckpoint("f16-16384", tensors: PublishedShapes.vqgan(painter)),
                    configuration: painter, on: backend),
                clip: clip, tokenizer: try clip.tokenizer())
        }
    }

    /// As printed in a header.
    var title: String {
        switch self {
        case .synthetic(let clip): "VQGAN f16/16384 and \(clip.rawValue), random weights"
        case .files(let vqgan, let clip): "\(vqgan) and \(clip)"
        }
    }

    private static let vqganYAML = """
        model:
          target: taming.models.vqgan.VQModel
          params:
            embed_dim: 256
            n_embed: 16384
            ddconfig:
              double_z: false
              z_channels: 256
              resolution: 256
              in_channels: 3
              out_ch: 3
              ch: 128
              ch_mult: [1, 1, 2, 2, 4]
              num_res_blocks: 2
              attn_resolutions: [16]
              dropout: 0.0
        """

    private static func clipJSON(_ clip: PublishedCLIP) -> String {
        """
        {"embed_dim": 512, "image_resolution": \(clip.imageSize), "vision_layers": 12, "vision_width": 768,
         "vision_patch_size": \(clip.patchSize), "context_length": 77, "vocab_size": 49408,
         "transformer_width": 512, "transformer_heads": 8, "transformer_layers": 12, "activation": "quick_gelu"}
        """
    }
}

// The configurations' readers take files: a file of a moment, with the text that comes with the published weights.

extension VQModelConfiguration {
    fileprivate init(text: String, type: String) throws {
        self = try withTemporaryFile(of: text, type: type) { try VQModelConfiguration(path: $0) }
    }
}

extension CLIPConfiguration {
    fileprivate init(text: String, type: String) throws {
        self = try withTemporaryFile(of: text, type: type) { try CLIPConfiguration(path: $0) }
    }
}

private func withTemporaryFile<Result>(of text: String, type: String, _ body: (String) throws -> Result) throws
    -> Result
{
    let file = FileManager.default.temporaryDirectory.appending(path: "atelier-bench-\(UUID().uuidString).\(type)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}
