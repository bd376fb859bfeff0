import CLIP
import Checkpoints
import Foundation
import Guidance
import TensorCPU
import TensorCore
import Testing
import VQGAN

@Suite("Networks of the fixtures")
struct NetworkTests {
    static func resNet(_ backend: CPUBackend) throws -> any ImageTower {
        let checkpoint = try openCheckpoint(at: ParityTests.fixture("clip-resnet-visual") + "/model.safetensors")
        return try CLIPModel.loadVision(
            checkpoint: checkpoint, configuration: CLIPConfiguration.Vision(of: openAIKeys(of: checkpoint)),
            on: backend)
    }

    static func product(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).map { Double($0) * Double($1) }.reduce(0, +)
    }

    @Test("The ResNet's gradient is the slope of its output", arguments: [UInt64(1), 2, 3])
    func slope(seed: UInt64) throws {
        let backend = CPUBackend(threads: 2)
        let tower = try Self.resNet(backend)
        let shape: Shape = [1, tower.imageSize, tower.imageSize, 3]
        var random = Philox(seed: seed, stream: 0)
        let picture = (0..<shape.count).map { _ in random.uniform() }
        // A fixed mixture of the embedding's channels, so that the output is one number.
        let mixture = (0..<32).map { Float($0 % 5) - 2 }

        let leaf = Tensor(picture, shape: shape, on: backend).tracked()
        let slopes = gradient(
            of: tower(leaf), withRespectTo: [leaf], cotangent: Tensor(mixture, shape: [1, 32], on: backend))[0].values
        // Upwards everywhere: along a random direction slopes cancel, and nothing but rounding is left to compare.
        let direction = slopes.map { $0 < 0 ? Float(-1) : 1 }
        func output(at distance: Float) -> Double {
            let moved = zip(picture, direction).map { $0 + distance * $1 }
            return Self.product(tower(Tensor(moved, shape: shape, on: backend)).values, mixture)
        }
        let expected = Self.product(slopes, direction)
        let step: Float = 0.004
        let found = (output(at: step) - output(at: -step)) / (2 * Double(step))
        // The kinks of the ReLUs that lie between the two points are what is left; measured 4.2e-2 at most.
        #expect(abs(found - expected) < 0.1 * abs(expected), "\(found) for \(expected)")
    }

    @Test(
        "A VQGAN without its configuration file is read from its weights",
        arguments: ["vqgan-gumbel", "vqgan-safetensors"])
    func withoutConfiguration(fixture: String) throws {
        let folder = try Changed(fixture: fixture)
        try FileManager.default.removeItem(atPath: folder.path + "/model.yaml")
        try folder.rewrite("about.json") { $0.replacingOccurrences(of: "\"config\"", with: "\"ignored\"") }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: ParityTests.tolerance)
        #expect(report.passed && report.rows.contains { $0.name == "grad_z" }, "\(report)")
    }

    @Test("A configuration of another VQGAN is refused with what differs")
    func otherConfiguration() throws {
        let folder = try Changed(fixture: "vqgan-gumbel")
        try folder.rewrite("model.yaml") { $0.replacingOccurrences(of: "n_embed: 64", with: "n_embed: 128") }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: 1)
        }
        #expect(error?.message.contains("n_embed 64 instead of 128") == true, "\(error?.description ?? "")")
    }

    @Test("A Gumbel model encodes a picture to its largest logits, every time to the same codes")
    func gumbelCodes() throws {
        let backend = CPUBackend(threads: 1)
        let folder = try ParityTests.fixture("vqgan-gumbel")
        let model = try VQModel.load(path: folder + "/model.safetensors", on: backend)
        let checkpoint = try openCheckpoint(at: folder + "/model.safetensors")
        #expect(model.configuration.quantizer == .gumbel)
        var random = Philox(seed: 9, stream: 0)
        let samples = (0..<12 * 8 * 3).map { _ in random.uniform(-1, 1) }
        let image = Tensor(samples, shape: [1, 12, 8, 3], on: backend)
        let codes = model.codes(ofPicture: image)
        #expect(codes.shape == [1, 6, 4] && Set(codes.values).count > 1)
        let latents = model.quantizedEncoding(of: image)
        #expect(latents.shape == [1, 6, 4, 16] && model.codes(of: latents).values == codes.values)

        // Through the quantiser's own numbers: silence all logits but one, and that code is everywhere.
        let silenced = LogitsOf(base: checkpoint, code: 37)
        let biased = try VQModel.load(
            checkpoint: silenced, configuration: VQModelConfiguration(of: checkpoint), on: backend)
        #expect(biased.codes(ofPicture: image).values == [Float](repeating: 37, count: 24))
    }

    /// A checkpoint whose logits are constant, with one above the others.
    struct LogitsOf: Checkpoint {
        let base: any Checkpoint
        let code: Int
        var path: String { base.path }
        var names: [String] { base.names }
        func shape(of name: String) -> Shape? { base.shape(of: name) }
        func tensor(named name: String) throws(CheckpointError) -> HostTensor {
            let found = try base.tensor(named: name)
            switch name {
            case "quantize.proj.weight":
                return HostTensor(shape: found.shape, values: [Float](repeating: 0, count: found.values.count))
            case "quantize.proj.bias":
                return HostTensor(shape: found.shape, values: found.values.indices.map { $0 == code ? 1 : 0 })
            default: return found
            }
        }
    }
}
