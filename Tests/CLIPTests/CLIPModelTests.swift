import CLIP
import Checkpoints
import Foundation
import StarterModel
import TensorCPU
import TensorCore
import Testing

@Suite("CLIP")
struct CLIPModelTests {
    static func load(_ change: (inout CLIPConfiguration) -> Void = { _ in }) throws -> CLIPModel {
        let starter = try StarterModel()
        var configuration = try CLIPConfiguration(path: starter.clipConfiguration)
        change(&configuration)
        return try CLIPModel.load(
            checkpoint: openCheckpoint(at: starter.clipCheckpoint), configuration: configuration,
            on: CPUBackend(threads: 1))
    }

    @Test("The weights tell every dimension that the configuration file states")
    func inferred() throws {
        let starter = try StarterModel()
        let stated = try CLIPConfiguration(path: starter.clipConfiguration)
        var found = try CLIPConfiguration(
            of: openCheckpoint(at: starter.clipCheckpoint), hints: CLIPHints(activation: .quickGELU))
        #expect(stated.vocabularyFile?.hasPrefix(starter.folder) == true)
        found.vocabularyFile = stated.vocabularyFile
        found.endOfText = stated.endOfText
        (found.vision.mean, found.vision.deviation) = (stated.vision.mean, stated.vision.deviation)
        #expect(found == stated)
    }

    @Test("A configuration of another model is refused with every dimension that differs")
    func mismatch() {
        let error = #expect(throws: CheckpointError.self) {
            try Self.load {
                if case .transformer(var tower, let patchSize) = $0.vision.network {
                    tower.layers += 1
                    $0.vision.network = .transformer(tower, patchSize: patchSize)
                }
                $0.contextLength = 77
            }
        }
        #expect(error?.message.contains("image layers") == true && error?.message.contains("context") == true)
    }

    @Test("Padding and the length of a batch do not change a text's embedding")
    func padding() throws {
        let model = try Self.load()
        let tokenizer = try model.tokenizer()
        let length = model.configuration.contextLength
        let short = try tokenizer.tokens("a red circle", contextLength: length)
        let long = try tokenizer.tokens("a big blue square on a white background", contextLength: length)
        let end = try #require(short.firstIndex(of: tokenizer.endOfText))
        let alone = try model.encodeText([Array(short[...end])]).values
        let padded = try model.encodeText([short]).values
        let together = try model.encodeText([short, long])
        #expect(together.shape == [2, model.configuration.embedDim])
        #expect(alone == padded)
        // Rows of one product may be summed in another order than a single one.
        let difference = zip(alone, together.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-4)
    }

    @Test("The start of a text is its end where the model names no end token")
    func highestToken() throws {
        let model = try Self.load { $0.endOfText = nil }
        let named = try Self.load()
        let tokens = try model.tokenizer().tokens(
            "a sunset over the sea", contextLength: model.configuration.contextLength)
        #expect(try model.encodeText([tokens]).values == named.encodeText([tokens]).values)
    }

    @Test("A text tower that was let go is read again for a new text only, and gives the same bits")
    func release() throws {
        let starter = try StarterModel()
        let model = try CLIPModel.load(
            path: starter.clipCheckpoint, config: starter.clipConfiguration, on: CPUBackend(threads: 1))
        let tokenizer = try model.tokenizer()
        func tokens(_ text: String) throws -> [[Int]] {
            [try tokenizer.tokens(text, contextLength: model.configuration.contextLength)]
        }
        let (circle, sea) = (try tokens("a red circle"), try tokens("the sea"))
        let first = try model.encodeText(circle).values
        model.text.release()
        #expect(try model.encodeText(circle).values == first)
        #expect(!model.text.isLoaded, "a known text needs no weights")
        let other = try model.encodeText(sea).values
        #expect(model.text.isLoaded && other != first)
        #expect(try Self.load().encodeText(sea).values == other)
    }

    @Test("A file that states the nonlinearity alone leaves the rest to the weights")
    func activationAlone() throws {
        let checkpoint = try openCheckpoint(at: StarterModel().clipCheckpoint)
        let folder = NSTemporaryDirectory() + "clip-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func configuration(_ json: String) throws -> CLIPConfiguration {
            try Data(json.utf8).write(to: URL(fileURLWithPath: folder + "/model.json"))
            return try CLIPConfiguration(path: folder + "/model.json", of: checkpoint)
        }
        for (name, activation) in [("gelu", Activation.gelu), ("quick_gelu", .quickGELU)] {
            let found = try configuration("{\"activation\": \"\(name)\", \"bpe\": \"words.gz\"}")
            var expected = try CLIPConfiguration(of: checkpoint, hints: CLIPHints(activation: activation))
            expected.vocabularyFile = folder + "/words.gz"
            #expect(found == expected && found.text.activation == activation)
        }
        // What names any dimension has to name them all.
        let error = #expect(throws: CheckpointError.self) {
            try configuration(#"{"activation": "gelu", "transformer_heads": 3}"#)
        }
        #expect(error?.message.contains("is missing") == true)
    }

    @Test("Each picture of a batch has its own embedding")
    func pictures() throws {
        let model = try Self.load()
        let size = model.configuration.imageSize
        let values = (0..<2 * size * size * 3).map { Float($0 % 251) / 250 * ($0 < size * size * 3 ? 1 : 0.5) }
        let backend = CPUBackend(threads: 1)
        let vision = try CLIPModel.load(
            path: StarterModel().clipCheckpoint, config: StarterModel().clipConfiguration, on: backend)
        let both = vision.encodeImage(Tensor(values, shape: [2, size, size, 3], on: backend))
        #expect(both.shape == [2, model.configuration.embedDim])
        let second = vision.encodeImage(
            Tensor(Array(values[(size * size * 3)...]), shape: [1, size, size, 3], on: backend))
        let rows = both.values
        let difference =
            zip(rows[model.configuration.embedDim...], second.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-4)
        #expect(rows.prefix(4) != second.values.prefix(4))
    }

    static func configuration(_ json: String) throws -> CLIPConfiguration {
        let path = NSTemporaryDirectory() + "clip-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try json.write(toFile: path, atomically: true, encoding: .utf8)
        return try CLIPConfiguration(path: path)
    }

    @Test("Hugging Face's absent values are those of ViT-B/32")
    func huggingFaceDefaults() throws {
        let configuration = try Self.configuration(#"{"vision_config": {}, "text_config": {"eos_token_id": 2}}"#)
        #expect(configuration.imageSize == 224 && configuration.embedDim == 512)
        guard case .transformer(let tower, patchSize: 32) = configuration.vision.network else {
            Issue.record("\(configuration.vision.network)")
            return
        }
        #expect(tower.width == 768 && tower.heads == 12 && configuration.text.heads == 8)
        #expect(tower.activation == .quickGELU && configuration.endOfText == nil)
        #expect(configuration.vision.mean == CLIPConfiguration.openAIMean)
    }

    @Test(
        "What cannot be run is refused with the reason",
        arguments: [
            (#"{"vision_config": {"hidden_act": "gelu_new"}, "text_config": {}}"#, "gelu_new"),
            (#"{"vision_config": {"num_attention_heads": 7}, "text_config": {}}"#, "7 heads"),
            (#"{"vision_config": {"patch_size": 33}, "text_config": {}}"#, "patches of 33"),
            (#"{"vision_config": {}, "text_config": {"eos_token_id": 50000}}"#, "end of text 50000"),
            (#"{"vision_config": {}}"#, "text_config"),
            (#"{"vision_layers": 12}"#, "set clip_activation"),
            (#"{"vision_layers": 12, "activation": "gelu"}"#, "is missing"),
            (
                #"{"vision_layers": [3, 4], "vision_width": 64, "transformer_width": 512, "activation": "gelu"}"#,
                "4 layers"
            ),
            (#"{"model_cfg": {"vision_cfg": {"timm_model_name": "x"}, "text_cfg": {}}}"#, "timm_model_name"),
        ])
    func refused(json: String, expected: String) {
        let error = #expect(throws: CheckpointError.self) { try Self.configuration(json) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("A checkpoint that is no CLIP is refused")
    func noCLIP() throws {
        let starter = try StarterModel()
        let error = #expect(throws: CheckpointError.self) {
            try CLIPModel.load(
                path: starter.vqganCheckpoint, config: starter.clipConfiguration, on: CPUBackend(threads: 1))
        }
        #expect(error?.message.contains("is not a CLIP") == true)
    }

    @Test("The starter's folder brings its own defaults")
    func recommendedSettings() throws {
        let starter = try StarterModel()
        let settings = try starter.recommendedSettings()
        #expect(settings.size > 0 && settings.steps ?? 0 > 0 && settings.cutouts ?? 0 > 0)
        #expect(FileManager.default.fileExists(atPath: starter.readMe))
    }
}
