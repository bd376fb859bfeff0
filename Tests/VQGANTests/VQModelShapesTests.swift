import Checkpoints
import TensorCore
import Testing
import VQGAN

@Suite("VQGAN dimensions from weights")
struct VQModelShapesTests {
    /// The published models: what they are made of, where their names begin, and how many parameters are known.
    static let published: [(name: String, table: VQGANTable, prefix: String, parameters: Int?)] = [
        ("imagenet_f16_16384", VQGANTable(), "", 76_073_859),
        ("imagenet_f16_1024", VQGANTable(codes: 1024), "", 72_141_699),
        (
            "gumbel_f8", VQGANTable(multipliers: [1, 1, 2, 4], attention: [3], codes: 8192, gumbel: true), "",
            68_995_971
        ),
        ("faceshq", VQGANTable(codes: 1024), "first_stage_model.", nil),
        ("coco", VQGANTable(codes: 8192), "first_stage_model.", nil),
        ("vq-f4", VQGANTable(multipliers: [1, 2, 4], attention: [], z: 3, e: 3, codes: 8192), "", nil),
        (
            "vq-f4-noattn", VQGANTable(multipliers: [1, 2, 4], attention: [], middle: false, z: 3, e: 3, codes: 8192),
            "", nil
        ),
        ("vq-f8", VQGANTable(multipliers: [1, 2, 2, 4], attention: [3], z: 4, e: 4), "first_stage_model.", nil),
        ("vq-f8-n256", VQGANTable(multipliers: [1, 2, 2, 4], attention: [3], z: 4, e: 4, codes: 256), "", nil),
        ("vq-f16", VQGANTable(z: 8, e: 8), "", nil),
    ]

    @Test("Every published model's dimensions follow from its tensors", arguments: published.indices)
    func recovered(index: Int) throws {
        let (_, table, prefix, parameters) = Self.published[index]
        var file = table.checkpoint
        if let parameters { #expect(file.parameters == parameters) }
        file = file.prefixed(prefix)
        // What else such files hold.
        file.shapes["loss.perceptual_loss.lin0.model.1.weight"] = [1, 64, 1, 1]
        file.shapes["model_ema.decoderconv_inweight"] = [512, 256, 3, 3]
        file.shapes["transformer.tok_emb.weight"] = [1024, 1664]
        let found = try VQModelConfiguration(of: file)
        #expect(found.keyPrefix == prefix)
        #expect(found.quantizer == (table.gumbel ? .gumbel : .nearest))
        #expect(found.embedDim == table.e && found.codebookSize == table.codes && found.zChannels == table.z)
        #expect(found.channels == table.width && found.channelMultipliers == table.multipliers)
        #expect(found.residualBlocks == table.blocks && found.attentionLevels == table.attention)
        #expect(found.hasMiddleAttention == table.middle)
    }

    @Test("The published configuration agrees with the published shapes, and another one is told in its words")
    func compared() throws {
        let stated = try VQModelConfigurationTests.published()
        try stated.check(against: VQModelConfiguration(of: VQGANTable().checkpoint), path: "f16.ckpt")
        let other = VQGANTable(multipliers: [1, 1, 2, 4], attention: [3], codes: 8192, gumbel: true)
        let error = #expect(throws: CheckpointError.self) {
            try stated.check(against: VQModelConfiguration(of: other.checkpoint), path: "f16.ckpt")
        }
        for part in ["n_embed 8192 instead of 16384", "ch_mult [1, 1, 2, 4]", "quantiser gumbel instead of nearest"] {
            #expect(error?.message.contains(part) == true, "\(error?.description ?? "")")
        }
        #expect(error?.message.contains("embed_dim") == false)
    }

    static let strangers: [(what: String, change: @Sendable (inout ShapesOnly) -> Void)] = [
        ("is not a VQGAN", { $0.shapes = ["weight": [3]] }),
        (
            "several decoders",
            { file in
                let both = file.prefixed("a.").shapes.merging(file.prefixed("b.").shapes) { one, _ in one }
                file.shapes = both
            }
        ),
        ("without a codebook", { $0.shapes["quantize.embedding.weight"] = nil }),
        ("double_z", { $0.shapes["encoder.conv_out.weight"] = [512, 512, 3, 3] }),
        ("layout of diffusers", { $0.shapes["decoder.mid_block.resnets.0.norm1.weight"] = [512] }),
        ("no multiple", { $0.shapes["encoder.down.2.block.0.conv1.weight"] = [192, 128, 3, 3] }),
        ("multiples of 32", { $0.shapes["encoder.conv_in.weight"] = [4, 3, 3, 3] }),
        ("expected 4 axes", { $0.shapes["decoder.conv_in.weight"] = [512] }),
        ("no level", { $0.shapes["encoder.down.0.block.0.conv1.weight"] = nil }),
        ("2000000 codes", { $0.shapes["quantize.embedding.weight"] = [2_000_000, 256] }),
        ("5000 channels of a code", { $0.shapes["quantize.embedding.weight"] = [16, 5000] }),
    ]

    @Test("What is no VQGAN of this layout is refused with the reason", arguments: strangers.indices)
    func refused(index: Int) {
        let (what, change) = Self.strangers[index]
        var file = VQGANTable().checkpoint
        change(&file)
        let error = #expect(throws: CheckpointError.self) { try VQModelConfiguration(of: file) }
        #expect(error?.message.contains(what) == true, "\(error?.description ?? "")")
    }
}
