import Checkpoints
import Foundation
import TensorCore
import Testing

/// Files that PyTorch wrote, and what PyTorch reads from them.
@Suite("Files of PyTorch")
struct TorchFilesTests {
    /// A tensor as `make_fixtures.py` noted it.
    struct Expected: Decodable {
        let shape: [Int]
        let bits: [UInt32]
    }

    static func fixture(_ name: String) throws -> String {
        try #require(Bundle.module.resourcePath) + "/Fixtures/\(name)"
    }

    static func bytes(of name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    }

    static func expected() throws -> [String: [String: Expected]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: fixture("expected.json")))
        return try JSONDecoder().decode([String: [String: Expected]].self, from: data)
    }

    @Test("Every file holds the tensors that PyTorch reads from it, bit for bit")
    func everything() throws {
        let expected = try Self.expected()
        #expect(expected.count == 14)
        for (name, tensors) in expected {
            let file = try openCheckpoint(at: Self.fixture(name))
            #expect(Set(file.names) == Set(tensors.keys), "\(name)")
            for (key, tensor) in tensors {
                let found = try file.tensor(named: key)
                #expect(found.shape.dimensions == tensor.shape, "\(name): \(key)")
                #expect(found.values.map(\.bitPattern) == tensor.bits, "\(name): \(key)")
                #expect(file.shape(of: key) == found.shape, "\(name): \(key)")
            }
        }
    }

    @Test(
        "The form of a file is told by its content",
        arguments: [
            ("types.pt", TorchCheckpoint.Container.zip), ("types.legacy.pt", .legacy), ("script.pt", .torchScript),
        ])
    func containers(name: String, container: TorchCheckpoint.Container) throws {
        let file = try #require(try openCheckpoint(at: Self.fixture(name)) as? TorchCheckpoint)
        #expect(file.container == container)
    }

    @Test("The element types are those of the file")
    func types() throws {
        for name in ["types.pt", "types.legacy.pt"] {
            let file = try #require(try openCheckpoint(at: Self.fixture(name)) as? TorchCheckpoint)
            for type in file.names { #expect(file.elementType(of: type)?.rawValue == type.uppercased()) }
            #expect(file.names.count == 10)
        }
    }

    @Test("Names keep the order of the file")
    func order() throws {
        let file = try openCheckpoint(at: Self.fixture("state.pt"))
        #expect(file.names.prefix(3) == ["0.weight", "0.bias", "1.weight"])
    }

    @Test("What is lent has the elements that are copied", arguments: ["types.pt", "views.pt", "views.legacy.pt"])
    func lent(name: String) throws {
        let file = try openCheckpoint(at: Self.fixture(name))
        for key in file.names {
            let copied = try file.tensor(named: key)
            let lent = try file.withTensor(named: key) { HostTensor(shape: $0, values: Array($1)) }
            #expect(lent.shape == copied.shape, "\(key)")
            #expect(lent.values.map(\.bitPattern) == copied.values.map(\.bitPattern), "\(key)")
        }
        #expect(throws: CheckpointError.self) { try file.withTensor(named: "none") { _, _ in } }
    }

    @Test("A tensor that is missing is named with the file")
    func missing() throws {
        let file = try openCheckpoint(at: Self.fixture("state.pt"))
        let error = #expect(throws: CheckpointError.self) { try file.tensor(named: "0.scale") }
        #expect(error?.description.contains("no tensor '0.scale'") == true)
        #expect(file.shape(of: "0.scale") == nil)
    }

    @Test(
        "Cutting a file anywhere is noticed, or leaves all of it",
        arguments: ["state.pt", "state.legacy.pt", "script.pt"])
    func truncated(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Self.bytes(of: name)
        for length in stride(from: 0, to: whole.count, by: whole.count > 4096 ? 7 : 1) {
            let path = try folder.file("cut.pt", Array(whole[..<length]))
            let error = #expect(throws: CheckpointError.self, "\(length) bytes") { try openCheckpoint(at: path) }
            #expect(error?.description.contains("\n") == false)
        }
    }
}
