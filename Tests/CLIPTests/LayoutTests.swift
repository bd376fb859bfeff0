import CLIP
import Checkpoints
import StarterModel
import TensorCPU
import TensorCore
import Testing

@Suite("CLIP key layouts")
struct LayoutTests {
    /// A checkpoint under other names, with tensors changed or added.
    struct Rewritten: Checkpoint {
        let base: any Checkpoint
        /// The name in the base of a name here; nil where there is none.
        let origin: @Sendable (String) -> String?
        var added: [String: HostTensor] = [:]
        var factors: [String: Float] = [:]

        var path: String { base.path }
        var names: [String] { base.names }
        func shape(of name: String) -> Shape? { added[name]?.shape ?? origin(name).flatMap(base.shape(of:)) }
        func tensor(named name: String) throws(CheckpointError) -> HostTensor {
            if let tensor = added[name] { return tensor }
            let found = try base.tensor(named: origin(name) ?? "no such tensor: \(name)")
            guard let factor = factors[name] else { return found }
            return HostTensor(shape: found.shape, values: found.values.map { $0 * factor })
        }
    }

    static func embeddings(_ checkpoint: any Checkpoint) throws -> [Float] {
        let starter = try StarterModel()
        let configuration = try CLIPConfiguration(path: starter.clipConfiguration)
        let backend = CPUBackend(threads: 1)
        let model = try CLIPModel.load(checkpoint: checkpoint, configuration: configuration, on: backend)
        let size = configuration.imageSize
        let picture = (0..<size * size * 3).map { Float($0 % 97) / 96 }
        return try model.encodeImage(Tensor(picture, shape: [1, size, size, 3], on: backend)).values
            + model.encodeText([[2560, 5, 17, 2561]]).values
    }

    @Test("OpenCLIP's CustomTextCLIP from a training checkpoint gives the same bits")
    func customText() throws {
        let starter = try openCheckpoint(at: StarterModel().clipCheckpoint)
        let renamed = Rewritten(base: starter) { name in
            guard name.hasPrefix("module.") else { return nil }
            let inner = String(name.dropFirst("module.".count))
            if inner.hasPrefix("visual.") { return inner }
            return inner.hasPrefix("text.") ? String(inner.dropFirst("text.".count)) : nil
        }
        #expect(try Self.embeddings(renamed) == Self.embeddings(starter))
    }

    @Test("A LayerScale of 2 behind halved projections changes nothing, one of 0 silences a block")
    func layerScale() throws {
        let starter = try openCheckpoint(at: StarterModel().clipCheckpoint)
        let block = "visual.transformer.resblocks.1"
        var scaled = Rewritten(base: starter) { $0 }
        let width = try #require(starter.shape(of: "\(block).ln_1.weight"))[0]
        for (gamma, part) in [("ls_1.gamma", "attn.out_proj"), ("ls_2.gamma", "mlp.c_proj")] {
            scaled.added["\(block).\(gamma)"] = HostTensor(
                shape: [width], values: [Float](repeating: 2, count: width))
            for kind in ["weight", "bias"] { scaled.factors["\(block).\(part).\(kind)"] = 0.5 }
        }
        #expect(try Self.embeddings(scaled) == Self.embeddings(starter))

        scaled.factors = [:]
        var zeroed = Rewritten(base: starter) { $0 }
        for part in ["ls_1.gamma", "ls_2.gamma"] {
            scaled.added["\(block).\(part)"] = HostTensor(shape: [width], values: [Float](repeating: 0, count: width))
        }
        for part in ["attn.out_proj", "mlp.c_proj"] {
            for kind in ["weight", "bias"] { zeroed.factors["\(block).\(part).\(kind)"] = 0 }
        }
        #expect(try Self.embeddings(scaled) == Self.embeddings(zeroed))
        #expect(try Self.embeddings(scaled) != Self.embeddings(starter))
    }
}
