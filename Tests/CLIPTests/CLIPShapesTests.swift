import CLIP
import Checkpoints
import TensorCore
import Testing

@Suite("CLIP dimensions from weights")
struct CLIPShapesTests {
    @Test("Every published model's dimensions follow from its tensors", arguments: CLIPTable.published.indices)
    func recovered(index: Int) throws {
        let table = CLIPTable.published[index]
        let file = table.checkpoint
        if let (image, text) = table.parameters {
            #expect(file.parameters { $0.hasPrefix("visual.") } == image)
            // `logit_scale` belongs to neither tower.
            #expect(file.parameters { !$0.hasPrefix("visual.") } == text + 1)
        }
        let found = try CLIPConfiguration(of: openAIKeys(of: file), hints: CLIPHints(activation: .gelu))
        #expect(found == table.configuration(.gelu), "\(table.name)")
        try found.check(against: file)
    }

    /// The names of other libraries for OpenAI's.
    static func renamed(_ file: ShapesOnly, _ change: (String) -> String) -> ShapesOnly {
        ShapesOnly(
            path: file.path, shapes: Dictionary(uniqueKeysWithValues: file.shapes.map { (change($0.key), $0.value) }))
    }

    @Test("OpenCLIP's layouts are the same model", arguments: [0, 4, 10])
    func openCLIP(index: Int) throws {
        let table = CLIPTable.published[index]
        let training = Self.renamed(table.checkpoint) { "module.\($0)" }
        let custom = Self.renamed(table.checkpoint) {
            $0.hasPrefix("visual.") || $0 == "logit_scale" ? $0 : "text.\($0)"
        }
        let both = Self.renamed(custom) { "module.\($0)" }
        for file in [training, custom, both] {
            let found = try CLIPConfiguration(of: openAIKeys(of: file), hints: CLIPHints(activation: .quickGELU))
            #expect(found == table.configuration(.quickGELU))
        }
    }

    @Test("Nothing tells the nonlinearity of bare weights: they are refused with what to do")
    func noActivation() {
        let error = #expect(throws: CheckpointError.self) {
            try CLIPConfiguration(of: CLIPTable.published[0].checkpoint)
        }
        #expect(error?.hint?.contains("clip_activation") == true)
    }

    @Test("OpenAI's archives hold three buffers that tell them from all others")
    func archive() throws {
        var file = CLIPTable.published[4].checkpoint
        for name in ["input_resolution", "context_length", "vocab_size"] { file.shapes[name] = [] }
        #expect(try CLIPConfiguration(of: file) == CLIPTable.published[4].configuration(.quickGELU))
    }

    @Test("The table of known models gives nonlinearity, mean and deviation; what the user sets outranks it")
    func known() throws {
        let file = CLIPTable.published[2].checkpoint
        let laion = try #require(KnownCLIP.named("ViT-L/14-laion2B-s32B-b82K"))
        let found = try CLIPConfiguration(of: file, hints: CLIPHints(known: laion))
        #expect(found.vision.mean == [0.5, 0.5, 0.5] && found.text.activation == .gelu)
        let set = try CLIPConfiguration(of: file, hints: CLIPHints(activation: .quickGELU, known: laion))
        #expect(set.text.activation == .quickGELU)
        let digest = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"
        #expect(KnownCLIP.published(sha256: digest)?.name == "ViT-B-32-openai")
        #expect(Set(KnownCLIP.all.map(\.name)).count == KnownCLIP.all.count)
    }

    @Test(
        "What is no such CLIP is refused with the reason",
        arguments: [
            ("visual.trunk.norm.weight", "timm"), ("visual.attn_pool.query", "CoCa"), ("logit_bias", "SigLIP"),
            ("text_decoder.ln_final.weight", "CoCa"),
            ("text.transformer.embeddings.word_embeddings.weight", "transformers library"),
        ])
    func strangers(name: String, expected: String) {
        var file = CLIPTable.published[0].checkpoint
        file.shapes[name] = [8]
        let error = #expect(throws: CheckpointError.self) { try openAIKeys(of: file) }
        #expect(error?.message.contains(expected) == true)
    }

    @Test(
        "Shapes that no CLIP has are refused with the tensor",
        arguments: [
            ("visual.positional_embedding", [51, 768], "no square plus one"),
            ("visual.conv1.weight", [768], "expected 4 axes"), ("text_projection", [512, 640], "one space"),
            ("positional_embedding", [5000, 512], "at most 4096"),
            ("transformer.resblocks.0.ln_1.weight", [500], "heads cannot be told"),
        ] as [(String, Shape, String)])
    func misshapen(name: String, shape: Shape, expected: String) {
        var file = CLIPTable.published[0].checkpoint
        file.shapes[name] = shape
        let error = #expect(throws: CheckpointError.self) {
            try CLIPConfiguration(of: file, hints: CLIPHints(activation: .gelu))
        }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("OpenCLIP's configuration file tells heads, perceptron, nonlinearity and pictures")
    func openCLIPFile() throws {
        let json = #"""
            {"model_cfg": {"embed_dim": 1280,
             "vision_cfg": {"image_size": 224, "layers": 48, "width": 1664, "head_width": 104, "mlp_ratio": 4.9231, "patch_size": 14},
             "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 1280, "heads": 20, "layers": 32}},
             "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
            """#
        let found = try CLIPModelTests.configuration(json)
        var expected = CLIPTable.published[12].configuration(.gelu)
        expected.vision.mean = [0.5, 0.5, 0.5]
        expected.vision.deviation = [0.5, 0.5, 0.5]
        #expect(found == expected)
        let quick = json.replacing(#"{"embed_dim""#, with: #"{"quick_gelu": true, "embed_dim""#)
        #expect(try CLIPModelTests.configuration(quick).text.activation == .quickGELU)
    }
}
