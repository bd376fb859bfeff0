import Checkpoints
import Foundation
import Guidance
import TensorCPU
import TensorCore
import Testing

@Suite("Views against kornia 0.5.4")
struct ViewsParityTests {
    private func report(_ name: String) throws -> ParityReport {
        try ParityCheck.run(
            folder: ParityTests.fixture(name), backend: CPUBackend(threads: 2), tolerance: ParityTests.tolerance)
    }

    @Test(
        "Every augmentation meets eight recorded sets of parameters, forward and backward",
        arguments: [
            "affine", "affine-border", "perspective", "rotation", "flip", "jitter", "sharpness", "sharpening", "noise",
            "elastic", "spline", "crop", "erasing", "resized-crop",
        ])
    func augmentation(name: String) throws {
        let report = try report("augmentation-\(name)")
        #expect(report.rows.count == 16 && report.kind == "augmentation")
        #expect(report.passed, "\(report)")
    }

    @Test(
        "Every cutout method meets the published one under recorded parameters, forward and backward",
        arguments: [
            "original", "original-small", "updated", "nrupdated", "updatedpooling", "latest", "latest-small",
        ])
    func method(name: String) throws {
        let report = try report("cutouts-\(name)")
        #expect(report.rows.count == 4 && report.kind == "cutouts")
        #expect(report.passed, "\(report)")
    }

    @Test(
        "A parameter that is off by a little does not pass",
        arguments: [
            ("affine", "0.degrees"), ("affine-border", "3.shift"), ("perspective", "0.inset"),
            ("rotation", "2.degrees"),
            ("jitter", "0.factors"), ("sharpness", "1.factor"), ("noise", "0.noise"), ("elastic", "0.noise"),
            ("spline", "0.moves"),
        ])
    func changedParameter(name: String, tensor: String) throws {
        let folder = try Changed(fixture: "augmentation-\(name)")
        try folder.rewriteExpected { key, stored in
            key == tensor ? HostTensor(shape: stored.shape, values: stored.values.map { $0 * 1.05 + 0.01 }) : stored
        }
        let report = try ParityCheck.run(
            folder: folder.path, backend: CPUBackend(threads: 1), tolerance: ParityTests.tolerance)
        let set = try #require(tensor.first)
        #expect(report.rows.contains { !$0.passed })
        #expect(report.rows.filter { !$0.passed }.allSatisfy { $0.name.first == set }, "\(report)")
    }

    @Test(
        "Recorded parameters that make no sense are refused by name",
        arguments: [
            ("augmentation-erasing", "0.rectangle", Float(1000)), ("augmentation-erasing", "0.rectangle", -1),
            ("augmentation-erasing", "0.rectangle", .nan), ("augmentation-resized-crop", "4.parts", 0.5),
            ("augmentation-resized-crop", "4.parts", 3e9), ("augmentation-jitter", "0.order", 2),
            ("augmentation-affine", "1.degrees", .infinity), ("cutouts-original", "0.crops", 100),
            ("cutouts-original", "1.crops", 1e30),
        ])
    func hostile(fixture: String, tensor: String, value: Float) throws {
        let folder = try Changed(fixture: fixture)
        try folder.rewriteExpected { key, stored in
            key == tensor
                ? HostTensor(shape: stored.shape, values: stored.values.map { _ in value }) : stored
        }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(
                folder: folder.path, backend: CPUBackend(threads: 1), tolerance: ParityTests.tolerance)
        }
        #expect(error?.message.contains("'\(tensor)'") == true)
    }

    @Test("An augmentation or a method that nobody knows is refused by name", arguments: ["affine", "latest"])
    func unknown(word: String) throws {
        let folder = try Changed(fixture: "augmentation-affine")
        try folder.rewrite("about.json") { $0.replacingOccurrences(of: "\"\(word)\"", with: "\"gentle\"") }
        let error = #expect(throws: CheckpointError.self) {
            try ParityCheck.run(
                folder: folder.path, backend: CPUBackend(threads: 1), tolerance: ParityTests.tolerance)
        }
        #expect(error?.description.contains("gentle") == true)
    }
}
