import Checkpoints
import TensorCore
import Testing

@Suite("Weights and keys")
struct WeightsTests {
    static func checkpoint(_ folder: TemporaryFolder, _ tensors: [(name: String, tensor: HostTensor)]) throws
        -> any Checkpoint
    {
        try openCheckpoint(at: folder.file("model.safetensors", SafetensorsWriter.encode(tensors)))
    }

    static func counting(_ shape: Shape) -> HostTensor {
        HostTensor(shape: shape, values: (0..<shape.count).map(Float.init))
    }

    @Test("A convolution is turned channels last")
    func convolution() throws {
        let folder = try TemporaryFolder()
        let checkpoint = try Self.checkpoint(
            folder, [("p.c.weight", Self.counting([2, 3, 3, 3])), ("p.c.bias", Self.counting([2]))])
        let layer = try Weights(checkpoint, on: HostBackend()).scope("p").conv2d("c", out: 2, in: 3, .same3x3)
        #expect(layer.weight.shape == [2, 3, 3, 3])
        let values = layer.weight.values
        for o in 0..<2 {
            for i in 0..<3 {
                for y in 0..<3 {
                    for x in 0..<3 {
                        #expect(values[((o * 3 + y) * 3 + x) * 3 + i] == Float(((o * 3 + i) * 3 + y) * 3 + x))
                    }
                }
            }
        }
        #expect(layer.bias?.values == [0, 1])
    }

    @Test("Pointwise convolutions are packed one above the other")
    func packed() throws {
        let folder = try TemporaryFolder()
        let tensors = ["q", "k"].enumerated().flatMap { index, name in
            [
                (
                    name: "\(name).weight",
                    tensor: HostTensor(shape: [2, 2, 1, 1], values: .init(repeating: Float(index), count: 4))
                ),
                (name: "\(name).bias", tensor: HostTensor(shape: [2], values: [Float(index) + 5, 9])),
            ]
        }
        let layer = try Weights(Self.checkpoint(folder, tensors), on: HostBackend()).pointwise("q", "k", out: 2, in: 2)
        #expect(layer.weight.shape == [4, 2] && layer.weight.values == [0, 0, 0, 0, 1, 1, 1, 1])
        #expect(layer.bias?.values == [5, 9, 6, 9])
    }

    @Test("A missing, a misshapen and an infinite tensor are named with the file")
    func errors() throws {
        let folder = try TemporaryFolder()
        let checkpoint = try Self.checkpoint(
            folder,
            [
                ("a.weight", Self.counting([2, 3])), ("a.bias", HostTensor(shape: [2], values: [1, .infinity])),
                ("n.weight", HostTensor(shape: [1], values: [.nan])), ("n.bias", Self.counting([1])),
            ])
        let weights = Weights(checkpoint, on: HostBackend())
        func message(_ body: () throws -> Void) -> String {
            let error = #expect(throws: CheckpointError.self) { try body() }
            #expect(error?.path == checkpoint.path)
            return error?.description ?? ""
        }
        #expect(message { _ = try weights.linear("b", out: 2, in: 3) }.contains("no tensor 'b.weight'"))
        let misshapen = message { _ = try weights.linear("a", out: 3, in: 2) }
        #expect(misshapen.contains("'a.weight' has shape 2×3, expected 3×2"))
        #expect(
            message { _ = try weights.linear("a", out: 2, in: 3) }.contains("'a.bias' holds values that are not finite")
        )
        #expect(message { _ = try weights.groupNorm("n", channels: 1) }.contains("'n.weight' holds values"))
    }

    @Test("Rules rename, transpose and stack, and nothing else is seen")
    func remapped() throws {
        let folder = try TemporaryFolder()
        let base = try Self.checkpoint(
            folder,
            [
                ("in.0.q.weight", HostTensor(shape: [1, 2], values: [1, 2])),
                ("in.0.k.weight", HostTensor(shape: [1, 2], values: [3, 4])),
                ("in.1.q.weight", HostTensor(shape: [1, 2], values: [5, 6])), ("proj.weight", Self.counting([2, 3])),
                ("deep.a.b.c", HostTensor(shape: [1], values: [8])), ("position_ids", Self.counting([4])),
            ])
        let seen = RemappedCheckpoint(
            base,
            [
                .stack(["in.*.q.weight", "in.*.k.weight"], to: "out.*.packed"),
                .transpose("proj.weight", to: "projection"),
                .rename("deep.**", to: "**"),
            ])
        #expect(seen.names == ["out.0.packed", "out.1.packed", "projection", "a.b.c"])
        #expect(try seen.tensor(named: "out.0.packed") == HostTensor(shape: [2, 2], values: [1, 2, 3, 4]))
        #expect(try seen.tensor(named: "projection") == HostTensor(shape: [3, 2], values: [0, 3, 1, 4, 2, 5]))
        #expect(try seen.tensor(named: "a.b.c").values == [8])
        #expect(seen.shape(of: "position_ids") == nil)
        // The message names what the file should hold, not the name it is read under.
        let error = #expect(throws: CheckpointError.self) { try seen.tensor(named: "out.1.packed") }
        #expect(error?.message.contains("'in.1.k.weight'") == true)
        #expect(seen.shape(of: "out.1.packed") == nil)
    }
}
