import Checkpoints
import Foundation
import Testing
import VQGAN

@Suite("VQGAN configuration")
struct VQModelConfigurationTests {
    /// The configuration of the published f = 16 models, with lines replaced.
    static func published(_ replacements: (String, String)...) throws -> VQModelConfiguration {
        var text = """
            model:
              base_learning_rate: 4.5e-06
              target: taming.models.vqgan.VQModel
              params:
                embed_dim: 256
                n_embed: 16384
                monitor: val/rec_loss
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
                lossconfig:
                  target: taming.modules.losses.vqperceptual.VQLPIPSWithDiscriminator
            """
        for (old, new) in replacements { text = text.replacingOccurrences(of: old, with: new) }
        let path = NSTemporaryDirectory() + "vqgan-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try VQModelConfiguration(path: path)
    }

    @Test("The published f16 configuration is read")
    func f16() throws {
        let configuration = try Self.published()
        #expect(configuration.downsamplingFactor == 16)
        #expect(configuration.embedDim == 256 && configuration.codebookSize == 16384)
        #expect(configuration.channelMultipliers == [1, 1, 2, 2, 4] && configuration.attentionLevels == [4])
        #expect(configuration.keyPrefix.isEmpty)
    }

    @Test("An empty list of attention sizes may be written as nothing")
    func noAttention() throws {
        #expect(try Self.published(("attn_resolutions: [16]", "attn_resolutions:")).attentionLevels.isEmpty)
    }

    @Test("Latent diffusion's name for the same model is accepted")
    func latentDiffusion() throws {
        let name = "ldm.models.autoencoder.VQModelInterface"
        #expect(try Self.published(("taming.models.vqgan.VQModel", name)).embedDim == 256)
    }

    @Test("A transformer's checkpoint holds its VQGAN under a prefix")
    func net2Net() throws {
        let path = NSTemporaryDirectory() + "net2net-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try """
        model:
          target: taming.models.cond_transformer.Net2NetTransformer
          params:
            first_stage_config:
              target: taming.models.vqgan.VQModel
              params:
                embed_dim: 256
                n_embed: 1024
                ddconfig: {z_channels: 256, resolution: 256, ch: 128, ch_mult: [1, 2], num_res_blocks: 2, attn_resolutions: []}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let configuration = try VQModelConfiguration(path: path)
        #expect(configuration.keyPrefix == "first_stage_model." && configuration.codebookSize == 1024)
    }

    @Test(
        "What is not this model is refused with the reason",
        arguments: [
            ("taming.models.vqgan.VQModel", "taming.models.vqgan.VQSegmentationModel", "unknown kind"),
            ("taming.models.vqgan.VQModel", "ldm.models.autoencoder.AutoencoderKL", "without a codebook"),
            ("dropout: 0.0", "attn_type: linear", "attn_type"), ("dropout: 0.0", "attn_type: none", "attn_resolutions"),
            ("double_z: false", "double_z: true", "double_z"), ("in_channels: 3", "in_channels: 4", "RGB"),
            ("ch: 128", "ch: 48", "multiples of 32"), ("ch: 128", "ch: -1", "whole number"),
            ("ch: 128", "ch: lots", "the text 'lots'"), ("ch_mult: [1, 1, 2, 2, 4]", "ch_mult: []", "empty"),
            ("ch_mult: [1, 1, 2, 2, 4]", "ch_mult: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "11 levels"),
            ("n_embed: 16384", "n_embed: 99999999", "1048576"),
            ("embed_dim: 256", "embed: 256", "embed_dim' is missing"),
            ("resolution: 256", "resolution: 25.6", "25.6"),
        ])
    func refused(old: String, new: String, expected: String) {
        let error = #expect(throws: CheckpointError.self) { try Self.published((old, new)) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
}
