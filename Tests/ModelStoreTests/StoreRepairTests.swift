import Foundation
import Glibc
import ModelStore
import Testing

/// What a store does with files that are not as they should be, and what it keeps with a model.
struct StoreRepairTests {
    @Test("A blob that is damaged is replaced when its content comes again, and no longer passes for sound")
    func repair() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        let path = try folder.file("a.ckpt", noise(5000, seed: 9))
        let files = [IncomingFile(role: .weights, path: path, name: "model.ckpt")]
        let model = try store.install(draft("a"), files)
        let blob = store.path(ofBlob: try #require(model.weights?.sha256))
        #expect(chmod(blob, 0o644) == 0)
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: blob), options: [])
        #expect(try store.flaws(of: model).count == 1)
        _ = try store.install(draft("a"), files)
        #expect(try store.flaws(of: model) == [])
    }

    @Test("Of a link in the place of a model's folder only the link goes")
    func linkedFolder() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        let path = try folder.file("a.ckpt", noise(500, seed: 9))
        _ = try store.install(draft("a"), [IncomingFile(role: .weights, path: path, name: "model.ckpt")])
        let precious = folder.path + "/precious"
        try FileManager.default.createDirectory(atPath: precious, withIntermediateDirectories: true)
        _ = try folder.file("precious/letter.txt", Array("dear".utf8))
        try FileManager.default.removeItem(atPath: store.folder + "/folders/a")
        try FileManager.default.createSymbolicLink(atPath: store.folder + "/folders/a", withDestinationPath: precious)
        try store.remove("a")
        #expect(FileManager.default.fileExists(atPath: precious + "/letter.txt"))
        #expect(try store.models() == [])
    }

    @Test("What was said of a CLIP's nonlinearity goes with it, and so does the scale of Hugging Face's pictures")
    func companions() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        let weights = try folder.file("a/model.bin", noise(500, seed: 9))
        var record = draft("a")
        (record.kind, record.activation) = (.clip, .gelu)
        let plain = ModelCompanions.beside(weights, kind: .clip)
        #expect(plain.paths == [])
        let model = try store.install(
            record, try IncomingFile.files(weights: weights, companions: plain, kind: .clip))
        let stated = try #require(model.files.first { $0.role == .configuration })
        #expect(
            FileManager.default.contents(atPath: store.path(of: stated, in: model))
                == Data(
                    "{\"activation\": \"gelu\"}\n".utf8))
        #expect(ModelCompanions.beside(store.path(of: model.files[0], in: model), kind: .clip).paths.count == 1)
        _ = try folder.file("a/config.json", Array("{\"vision_config\": {}, \"text_config\": {}}".utf8))
        _ = try folder.file("a/preprocessor_config.json", Array("{\"image_mean\": [0.5, 0.5, 0.5]}".utf8))
        let beside = ModelCompanions.beside(weights, kind: .clip)
        (record.name, record.activation) = ("b", nil)
        let other = try store.install(
            record, try IncomingFile.files(weights: weights, companions: beside, kind: .clip))
        #expect(other.files.map(\.name) == ["model.bin", "model.json", "preprocessor_config.json"])
        #expect(ModelCompanions.beside(store.path(of: other.files[0], in: other), kind: .clip).paths.count == 2)
    }
}
