import Checkpoints
import Foundation
import ModelStore
import TensorCore

/// A folder of its own for one test, removed when the test lets it go.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "model-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and gives its path.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return "\(path)/\(name)"
    }

    /// A store in this folder that notes no digests elsewhere.
    var store: ModelStore { ModelStore(folder: path + "/models", digests: FileDigest(notes: nil)) }
}

/// Bytes that look like nothing, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}

/// A record without files, as a caller of `install` makes it.
func draft(_ name: String) -> InstalledModel {
    InstalledModel(
        name: name, kind: .vqgan, files: [], architecture: "VQGAN f16", source: "test", licence: nil, wasVerified: false
    )
}
