import Foundation
import Glibc
import ModelStore
import Testing

/// The folder of models: what is in it is whole, verified, and named.
struct StoreTests {
    @Test("A model is listed with its files, which lie under the names loaders expect and are read-only")
    func installing() throws {
        let folder = try TemporaryFolder()
        let weights = try folder.file("w.ckpt", noise(100_000, seed: 1))
        let yaml = try folder.file("w.yaml", Array("model: {}".utf8))
        let store = folder.store
        #expect(try store.models().isEmpty)
        let files: [IncomingFile] = [
            .init(role: .weights, path: weights, name: "model.ckpt"),
            .init(role: .configuration, path: yaml, name: "model.yaml"),
        ]
        let model = try store.install(draft("hills"), files)
        #expect(try store.models() == [model] && store.model(named: "hills") == model)
        #expect(model.byteCount == 100_009 && model.weights?.name == "model.ckpt")
        for (file, original) in zip(model.files, [weights, yaml]) {
            let path = store.path(of: file, in: model)
            #expect(FileManager.default.contents(atPath: path) == FileManager.default.contents(atPath: original))
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o444 && status.st_nlink == 2)
        }
        // The original stays its owner's: writing into it changes nothing here.
        try Data(noise(100_000, seed: 2)).write(to: URL(fileURLWithPath: weights))
        #expect(try store.flaws(of: model).isEmpty)
    }

    @Test("The same model again changes nothing; another one does not take its name")
    func names() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        func add(_ name: String, _ seed: UInt64) throws -> InstalledModel {
            let path = try folder.file("\(seed).ckpt", noise(5000, seed: seed))
            return try store.install(draft(name), [.init(role: .weights, path: path, name: "model.ckpt")])
        }
        let first = try add("a", 1)
        #expect(try add("a", 1) == first)
        let taken = try #require(throws: ModelStoreError.self) { try add("a", 2) }
        #expect(taken.reason == .nameTaken)
        #expect(try store.models() == [first] && store.flaws(of: first).isEmpty)
        for wrong in ["", "../a", "a/b", ".a", "-a", "a b", String(repeating: "a", count: 101)] {
            let error = try #require(throws: ModelStoreError.self) { try add(wrong, 1) }
            #expect(error.reason == .badName, "\(wrong)")
            #expect(try store.model(named: wrong) == nil)
        }
    }

    @Test("A judge's stated nonlinearity lies beside its weights in a file, unless a configuration does")
    func activation() throws {
        let folder = try TemporaryFolder()
        let weights = try folder.file("w.pt", noise(5000, seed: 1))
        let json = try folder.file("w.json", Array("{}".utf8))
        let store = folder.store
        func install(_ name: String, _ kind: InstalledModel.Kind, with others: [IncomingFile] = []) throws
            -> InstalledModel
        {
            var judge = draft(name)
            (judge.kind, judge.activation) = (kind, .gelu)
            return try store.install(judge, [.init(role: .weights, path: weights, name: "model.pt")] + others)
        }
        let plain = try install("plain", .clip)
        let file = try #require(plain.files.first { $0.role == .configuration })
        let text = FileManager.default.contents(atPath: store.path(of: file, in: plain))
        #expect(file.name == "model.json" && text == Data("{\"activation\": \"gelu\"}\n".utf8))
        #expect(try install("plain", .clip) == plain && store.flaws(of: plain).isEmpty)
        let configured = try install(
            "configured", .clip, with: [.init(role: .configuration, path: json, name: "model.json")])
        #expect(configured.files.count == 2 && configured.files[1].byteCount == 2)
        #expect(try install("painter", .vqgan).files.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder + "/incoming").isEmpty)
    }

    @Test("Removing a name deletes only files that no other name needs")
    func removing() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        let shared = try folder.file("shared", noise(5000, seed: 1))
        let own = try folder.file("own", noise(700, seed: 2))
        let a = try store.install(
            draft("a"),
            [
                .init(role: .weights, path: shared, name: "model.ckpt"),
                .init(role: .configuration, path: own, name: "model.yaml"),
            ])
        let b = try store.install(draft("b"), [.init(role: .weights, path: shared, name: "model.ckpt")])
        #expect(try store.remove("a") == 700)
        #expect(try store.models() == [b] && store.flaws(of: b).isEmpty)
        #expect(!store.contains(a.files[1].sha256) && store.contains(a.files[0].sha256))
        #expect(try store.remove("b") == 5000)
        #expect(try store.models().isEmpty && !store.contains(a.files[0].sha256))
        let error = try #require(throws: ModelStoreError.self) { try store.remove("a") }
        #expect(error.reason == .unknownName)
    }

    @Test("Damage is found by reading: a changed octet, a missing blob, a missing link, a record of nonsense")
    func damage() throws {
        let folder = try TemporaryFolder()
        let store = folder.store
        let path = try folder.file("w", noise(5000, seed: 1))
        let model = try store.install(draft("a"), [.init(role: .weights, path: path, name: "model.ckpt")])
        let blob = store.path(ofBlob: model.files[0].sha256)
        chmod(blob, 0o644)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: blob))
        try handle.seek(toOffset: 4321)
        try handle.write(contentsOf: Data([0xFF, 0x00]))
        try handle.close()
        #expect(try store.flaws(of: model).first?.contains("its SHA-256 is") == true)
        unlink(blob)
        #expect(try store.flaws(of: model).first?.contains("is missing") == true)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: store.folder + "/named/a.json"))
        let error = try #require(throws: ModelStoreError.self) { try store.models() }
        #expect(error.reason == .damaged && !"\(error)".contains("\n"))
    }

    @Test("Adding from several threads at once leaves every model whole", .timeLimit(.minutes(5)))
    func concurrency() async throws {
        let folder = try TemporaryFolder()
        let shared = try folder.file("shared", noise(200_000, seed: 9))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let own = try folder.file("\(number)", noise(1000, seed: UInt64(number)))
                    _ = try folder.store.install(
                        draft("m\(number)"),
                        [
                            .init(role: .weights, path: shared, name: "model.ckpt"),
                            .init(role: .configuration, path: own, name: "model.yaml"),
                        ])
                }
            }
            try await group.waitForAll()
        }
        let models = try folder.store.models()
        #expect(models.count == 8)
        for model in models { #expect(try folder.store.flaws(of: model).isEmpty) }
    }

    @Test("The folder follows the environment as the specification of these variables says")
    func defaults() {
        func folder(_ environment: [String: String]) -> String { ModelStore.defaultFolder(environment: environment) }
        #expect(folder(["HOME": "/h"]) == "/h/.local/share/atelier/models")
        #expect(folder(["HOME": "/h", "XDG_DATA_HOME": "/d"]) == "/d/atelier/models")
        #expect(folder(["HOME": "/h", "XDG_DATA_HOME": "relative"]) == "/h/.local/share/atelier/models")
        #expect(folder(["HOME": "/h", "XDG_DATA_HOME": "/d", "ATELIER_MODELS": "/m"]) == "/m")
    }

    @Test("A noted digest is used while the file is the same, and never after it changed")
    func notes() throws {
        let folder = try TemporaryFolder()
        let digests = FileDigest(notes: folder.path + "/notes")
        let path = try folder.file("w", noise(1 << 20, seed: 1))
        let first = try digests.of(path)
        // Just written: another change could hide in the same instant, so nothing is noted.
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/notes"))
        let plain = FileDigest(notes: nil)
        #expect(try plain.of(path) == first && digests.byReading(path) == first)
        // The time of the inode's change cannot be set: a file of the system is old enough.
        let old = AtelierBinary.path
        let noted = try digests.of(old)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/notes")
        #expect(names.count == 1)
        let note = folder.path + "/notes/" + names[0]
        var text = try String(contentsOfFile: note, encoding: .utf8)
        #expect(text.hasSuffix(noted.sha256 + "\n"))
        // What is noted is believed while size and times fit…
        let other = String(repeating: "ab", count: 32)
        text = text.replacing(noted.sha256, with: other)
        try Data(text.utf8).write(to: URL(fileURLWithPath: note))
        #expect(try digests.of(old).sha256 == other)
        #expect(try digests.byReading(old).sha256 == noted.sha256)
        // …and not when they do not.
        try Data(("1" + text).utf8).write(to: URL(fileURLWithPath: note))
        #expect(try digests.of(old).sha256 == noted.sha256)
    }
}

/// A large file that has not changed for a while: the program that runs the tests.
enum AtelierBinary {
    static var path: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "" }
}
