import Checkpoints
import StarterModel
import TensorCPU
import TensorCore
import Testing
import VQGAN

@Suite("VQGAN")
struct VQModelTests {
    static func load(_ change: (inout VQModelConfiguration) -> Void = { _ in }) throws -> VQModel {
        let starter = try StarterModel()
        var configuration = try VQModelConfiguration(path: starter.vqganConfiguration)
        change(&configuration)
        return try VQModel.load(
            checkpoint: openCheckpoint(at: starter.vqganCheckpoint), configuration: configuration,
            on: CPUBackend(threads: 1))
    }

    /// A checkpoint without one of its tensors.
    struct Without: Checkpoint {
        let base: any Checkpoint
        let name: String
        var path: String { base.path }
        var names: [String] { base.names.filter { $0 != name } }
        func shape(of name: String) -> Shape? { name == self.name ? nil : base.shape(of: name) }
        func tensor(named name: String) throws(CheckpointError) -> HostTensor {
            try base.tensor(named: name == self.name ? "no such tensor: \(name)" : name)
        }
    }

    @Test("A picture that is no square goes through, latents a factor smaller")
    func shapes() throws {
        let model = try Self.load()
        let (factor, channels) = (model.configuration.downsamplingFactor, model.configuration.embedDim)
        let image = Tensor(repeating: 0.25, shape: [1, 3 * factor, 2 * factor, 3], on: model.codebook.backend)
        let z = model.encode(image)
        #expect(z.shape == [1, 3, 2, channels])
        #expect(model.codes(of: z).shape == [1, 3, 2])
        let decoded = model.decode(z)
        #expect(decoded.shape == image.shape)
        #expect(decoded.values.allSatisfy { (0...1).contains($0) })
    }

    @Test("The nearest code of a code is itself")
    func codes() throws {
        let model = try Self.load()
        let (channels, count) = (model.configuration.embedDim, model.configuration.codebookSize)
        let picks = [0, count / 3, count - 1]
        let rows = picks.flatMap { Array(model.codebook.values[$0 * channels..<($0 + 1) * channels]) }
        let z = Tensor(rows, shape: [1, 1, picks.count, channels], on: model.codebook.backend)
        #expect(model.codes(of: z).values == picks.map(Float.init))
        #expect(model.quantized(z).values == rows)
    }

    @Test(
        "What a level keeps changes no bit of picture and gradient",
        arguments: [
            [.blocks()], [.blocks(insides: 1), .blocks()], [.everything, .level(keeping: 9)], [.level(keeping: 0)],
            [.level(keeping: 1), .level(keeping: 0), .level(keeping: 2)],
            Array(repeating: .level(keeping: 0), count: 9),
        ] as [[LevelMemory]])
    func levelMemory(memory: [LevelMemory]) throws {
        let model = try Self.load()
        var numbers = Philox(seed: 5, stream: 1)
        let shape: Shape = [1, 3, 2, model.configuration.embedDim]
        let z = Tensor(numbers.normals(shape.count), shape: shape, on: model.codebook.backend)
        func run(_ memory: [LevelMemory]) -> [[Float]] {
            let leaf = z.tracked()
            let image = model.decode(leaf, memory: memory)
            let picture = image.values
            let cotangent = Tensor(repeating: 1, shape: image.shape, on: image.backend)
            return [picture, gradient(of: image, withRespectTo: [leaf], cotangent: cotangent)[0].values]
        }
        let (kept, sparing) = (run([]), run(memory))
        #expect(sparing == kept)
        #expect(kept[1].contains { $0 != 0 })
    }

    @Test("The gradient passes the quantiser unchanged")
    func straightThrough() throws {
        let model = try Self.load()
        let shape: Shape = [1, 2, 2, model.configuration.embedDim]
        let z = Tensor(repeating: 0.1, shape: shape, on: model.codebook.backend).tracked()
        let cotangent = (0..<shape.count).map(Float.init)
        let slope = gradient(
            of: model.quantized(z), withRespectTo: [z], cotangent: Tensor(cotangent, shape: shape, on: z.backend))
        #expect(slope[0].values == cotangent)
    }

    @Test("The codebook's range holds every code and is reached")
    func range() throws {
        let model = try Self.load()
        let (low, high) = (model.codebookRange.low.values, model.codebookRange.high.values)
        let (channels, values) = (model.configuration.embedDim, model.codebook.values)
        for channel in 0..<channels {
            let column = stride(from: channel, to: values.count, by: channels).map { values[$0] }
            #expect(column.min() == low[channel] && column.max() == high[channel])
        }
    }

    @Test("A configuration of another model is refused with the tensor and both shapes")
    func misshapen() {
        let error = #expect(throws: CheckpointError.self) { try Self.load { $0.codebookSize += 1 } }
        #expect(error?.message.contains("'quantize.embedding.weight' has shape") == true)
        let deeper = #expect(throws: CheckpointError.self) { try Self.load { $0.residualBlocks += 1 } }
        #expect(deeper?.message.contains("has no tensor 'encoder.down.0.block.") == true)
        let prefixed = #expect(throws: CheckpointError.self) { try Self.load { $0.keyPrefix = "first_stage_model." } }
        #expect(prefixed?.message.contains("'first_stage_model.encoder.conv_in.weight'") == true)
    }

    @Test(
        "Every tensor that is missing is named",
        arguments: ["decoder.norm_out.bias", "decoder.mid.attn_1.v.weight", "quant_conv.weight"])
    func missing(name: String) throws {
        let starter = try StarterModel()
        let checkpoint = Without(base: try openCheckpoint(at: starter.vqganCheckpoint), name: name)
        let error = #expect(throws: CheckpointError.self) {
            try VQModel.load(
                checkpoint: checkpoint, configuration: VQModelConfiguration(path: starter.vqganConfiguration),
                on: CPUBackend(threads: 1))
        }
        #expect(error?.message.contains(name) == true && error?.path == starter.vqganCheckpoint)
    }
}
