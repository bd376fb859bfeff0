import Checkpoints
import Foundation
import Guidance
import StarterModel
import TensorCPU
import TensorCore
import Testing

@Suite("Parity with PyTorch")
struct ParityTests {
    /// Single precision summed in another order; measured differences are near 1e-6.
    static let tolerance: Float = 1e-4

    static func fixture(_ name: String) throws -> String {
        try #require(Bundle.module.resourcePath) + "/Fixtures/\(name)"
    }

    @Test(
        "Every expected tensor of a fixture is met",
        arguments: [
            ("vqgan-safetensors", ["encoded", "indices", "decoded", "grad_z"]),
            ("vqgan-gumbel", ["decoded", "grad_z"]), ("clip-resnet-visual", ["image_embedding", "grad_image"]),
            ("clip-hf", ["text_embedding", "image_embedding", "loss", "grad_image"]),
            ("clip-hf-gelu", ["text_embedding", "image_embedding", "loss", "grad_image"]),
        ])
    func fixture(name: String, compared: [String]) throws {
        let report = try ParityCheck.run(
            folder: Self.fixture(name), backend: CPUBackend(threads: 2), tolerance: Self.tolerance)
        #expect(report.rows.map(\.name) == compared)
        #expect(report.passed, "\(report)")
    }

    @Test(
        "Every optimiser keeps within 1e-5 of PyTorch over 50 recorded gradients",
        arguments: [
            "adam", "adamw", "adagrad", "adamax", "radam", "rmsprop", "diffgrad", "adamp", "adamp-latent", "adamp-rows",
        ])
    func optimizer(name: String) throws {
        let report = try ParityCheck.run(
            folder: Self.fixture("optimizer-\(name)"), backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(report.rows.map(\.name) == ["z"] && report.rows[0].shape[0] == 50)
        #expect(report.passed && report.rows[0].tolerance == 1e-5, "\(report)")
    }

    @Test("Another optimiser, another rate or missing gradients do not pass", arguments: ["AdamW", "0.11", "none"])
    func otherOptimizer(change: String) throws {
        let folder = try Changed(fixture: "optimizer-adam")
        if change == "none" {
            try folder.rewriteExpected { name, tensor in name == "gradients" ? nil : tensor }
            #expect(throws: CheckpointError.self) {
                try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
            }
            return
        }
        try folder.rewrite("about.json") {
            change == "AdamW"
                ? $0.replacingOccurrences(of: "\"Adam\"", with: "\"AdamW\"")
                : $0.replacingOccurrences(of: "0.1", with: change)
        }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(!report.passed && report.rows.count == 1)
    }

    @Test("Every expected tensor of the starter model is met", arguments: ["vqgan", "clip", "loop"])
    func starter(kind: String) throws {
        let folder = try #require(try StarterModel().parityFolders.first { $0.hasSuffix("/\(kind)") })
        let report = try ParityCheck.run(folder: folder, backend: CPUBackend(threads: 2), tolerance: Self.tolerance)
        #expect(report.kind == kind)
        #expect(report.passed, "\(report)")
    }

    @Test("The starter's texts become the expected tokens")
    func starterTokens() throws {
        let folder = try #require(try StarterModel().parityFolders.first { $0.hasSuffix("/clip") })
        let report = try ParityCheck.run(folder: folder, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        let tokens = try #require(report.rows.first { $0.name == "tokens" })
        #expect(tokens.tolerance == 0 && tokens.passed)
    }

    @Test("The wrong nonlinearity does not pass")
    func wrongActivation() throws {
        let folder = try Changed(fixture: "clip-hf-gelu")
        try folder.rewrite("about.json") { $0.replacingOccurrences(of: "\"gelu\"", with: "\"quick_gelu\"") }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(!report.passed)
        #expect(report.description.contains("FAIL"))
    }

    @Test("One changed value fails its tensor and no other", arguments: [Float(0.01), .nan])
    func changedValue(change: Float) throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewriteExpected { name, tensor in
            guard name == "decoded" else { return tensor }
            var values = tensor.values
            values[values.count / 2] += change
            return HostTensor(shape: tensor.shape, values: values)
        }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(report.rows.filter { !$0.passed }.map(\.name) == ["decoded"])
        #expect(!report.passed)
    }

    @Test("An index that differs by one fails whatever the tolerance")
    func changedIndex() throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewriteExpected { name, tensor in
            guard name == "indices" else { return tensor }
            return HostTensor(shape: tensor.shape, values: [tensor.values[0] + 1] + tensor.values.dropFirst())
        }
        let report = try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: 10)
        #expect(report.rows.filter { !$0.passed }.map(\.name) == ["indices"])
    }

    @Test("A folder may hold a part of the tensors")
    func part() throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewriteExpected { name, tensor in ["z", "decoded"].contains(name) ? tensor : nil }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(report.rows.map(\.name) == ["decoded"])
        #expect(report.passed)
    }

    @Test("Nothing to compare is no success")
    func nothing() throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewriteExpected { name, tensor in name == "z" ? tensor : nil }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        #expect(report.rows.isEmpty && !report.passed)
    }

    @Test("A kind that is not read is refused by name", arguments: ["clip-audio", "vae"])
    func kinds(kind: String) throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewrite("about.json") { $0.replacingOccurrences(of: "\"vqgan\"", with: "\"\(kind)\"") }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        }
        #expect(error?.description.contains(kind) == true)
    }

    @Test("An expected tensor of another shape is refused, not computed with", arguments: ["image", "z", "grad_out"])
    func misshapen(name changed: String) throws {
        let folder = try Changed(fixture: "vqgan-safetensors")
        try folder.rewriteExpected { name, tensor in
            name == changed ? HostTensor(shape: [2, 2, 2, 2], values: [Float](repeating: 0, count: 16)) : tensor
        }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        }
        #expect(error?.message.contains("'\(changed)'") == true)
    }

    @Test("Tokens outside the vocabulary are refused")
    func tokensOutside() throws {
        let folder = try Changed(fixture: "clip-hf")
        try folder.rewriteExpected { name, tensor in
            name == "tokens" ? HostTensor(shape: tensor.shape, values: tensor.values.map { $0 + 100 }) : tensor
        }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(folder: folder.path, backend: CPUBackend(threads: 1), tolerance: Self.tolerance)
        }
        #expect(error?.message.contains("vocabulary of 300") == true)
    }
}

/// A copy of a fixture in a folder of its own, to be changed.
final class Changed {
    let path: String

    init(fixture: String) throws {
        path = NSTemporaryDirectory() + "parity-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: ParityTests.fixture(fixture), toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func rewrite(_ name: String, _ change: (String) -> String) throws {
        let text = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        try change(text).write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Rewrites `expected.safetensors`; nil leaves a tensor out.
    func rewriteExpected(_ change: (String, HostTensor) -> HostTensor?) throws {
        let file = try openCheckpoint(at: "\(path)/expected.safetensors")
        let tensors = try file.names.compactMap { name in
            try change(name, file.tensor(named: name)).map { (name: name, tensor: $0) }
        }
        try Data(SafetensorsWriter.encode(tensors)).write(to: URL(fileURLWithPath: "\(path)/expected.safetensors"))
    }
}
