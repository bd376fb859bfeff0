import FarmKeys
import Foundation
import Glibc
import Testing

@Suite struct KeyChangeTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-keys-\(UUID().uuidString)")
        .path

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    private func owner(_ path: String) -> uid_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_uid : nil
    }

    private func allow(_ name: String, in keys: KeyFolder) throws {
        try keys.change { book throws(KeyError) in
            try book.allow(name, Make.pair().publicKey, role: .worker, at: 1)
        }.get()
    }

    @Test("A watcher sees that a file may be read again")
    func readable() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            _ = try keys.serverKeys()
            try allow("ada", in: keys)
            chmod(keys.bookFile, 0o644)
            let before = keys.version
            chmod(keys.bookFile, 0o600)
            #expect(keys.version != before)
        }
    }

    @Test("Whoever takes a new book up does so while nobody else can change it")
    func underTheLock() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            _ = try keys.serverKeys()
            func isLocked() -> Bool {
                let descriptor = open(keys.path + "/lock", O_RDWR | O_CLOEXEC)
                defer { close(descriptor) }
                return flock(descriptor, LOCK_EX | LOCK_NB) != 0
            }
            var names: [String] = []
            let key = Make.pair().publicKey
            try keys.change(
                { book throws(KeyError) in try book.allow("ada", key, role: .worker, at: 1) },
                then: { book in
                    #expect(isLocked())
                    names = book.principals.map(\.name)
                }
            ).get()
            #expect(names == ["ada"] && !isLocked())
            #expect(try keys.read { book, _ in isLocked() && book.principals.count == 1 })
        }
    }

    @Test(
        "What root changes still belongs to the coordinator's user, and so does what root makes there",
        .enabled(if: geteuid() == 0, "only root can act for another user"))
    func owners() throws {
        try inFolder {
            let nobody: uid_t = 65_534
            chown(folder, nobody, nobody)
            // All of it made by root, as by sudo before the coordinator has ever run.
            let keys = try KeyFolder(stateFolder: folder)
            _ = try keys.serverKeys()
            try allow("ada", in: keys)
            for path in [keys.path, keys.serverFile, keys.bookFile, keys.path + "/lock"] {
                #expect(owner(path) == nobody, "\(path)")
            }
            try allow("eve", in: keys)
            #expect(owner(keys.bookFile) == nobody)
            // What an earlier change has taken from it is given back.
            chown(keys.bookFile, 0, 0)
            try allow("bob", in: keys)
            #expect(owner(keys.bookFile) == nobody)
        }
    }
}
