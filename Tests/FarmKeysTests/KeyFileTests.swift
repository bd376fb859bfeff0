import FarmKeys
import FarmModel
import Foundation
import Glibc
import Testing

@Suite struct KeyFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-keys-\(UUID().uuidString)")
        .path

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        stat(path, &status)
        return status.st_mode & 0o777
    }

    @Test("Keys are made once, in files that nobody else can read")
    func serverKeys() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            let made = try keys.serverKeys()
            #expect(try keys.serverKeys() == made)
            #expect(mode(keys.path) == 0o700 && mode(keys.serverFile) == 0o600)
            try keys.changeServerKeys { keys throws(KeyError) in keys.next = try .make() }
            #expect(try keys.serverKeys().next != nil && keys.serverKeys().current == made.current)
        }
    }

    @Test("A file of keys that others can read is refused in one line, with the remedy")
    func wideModes() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            _ = try keys.serverKeys()
            for wide: mode_t in [0o640, 0o604, 0o660, 0o644] {
                chmod(keys.serverFile, wide)
                let error = #expect(throws: KeyError.self) { try keys.serverKeys() }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.contains("chmod 600") && !text.contains("\n"))
            }
            chmod(keys.path, 0o755)
            #expect(throws: KeyError.self) { try KeyFolder(stateFolder: folder) }
        }
    }

    @Test("A change of the book is durable, seen by a watcher, and left out when it fails")
    func changes() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            let before = keys.version
            let key = Make.pair().publicKey
            let result = try keys.change { book throws(KeyError) in try book.allow("ada", key, role: .admin, at: 1) }
            #expect(throws: Never.self) { try result.get() }
            #expect(keys.version != before && mode(keys.bookFile) == 0o600)
            let after = keys.version
            let failed = try keys.change { book throws(KeyError) in
                book.principals = []
                try book.revoke("nobody", at: 1)
            }
            #expect(throws: KeyError.self) { try failed.get() }
            #expect(keys.version == after)
            #expect(try KeyFolder(stateFolder: folder).book().principal(named: "ada")?.key == key)
        }
    }

    @Test("Access and join files come back as they were written; halves that do not fit are refused without the secret")
    func files() throws {
        try inFolder {
            let (pair, server) = (Make.pair(), Make.pair().publicKey)
            let access = AccessFile(
                control: "tcp://farm:7401", clients: "tcp://farm:7403", server: server, nextServer: pair.publicKey,
                name: "ada", pool: "cpu", keys: pair)
            let file = folder + "/ada.json"
            try access.write(to: file)
            #expect(try AccessFile(at: file) == access && mode(file) == 0o600)
            let token = JoinToken(expires: 7, uses: 2, pool: "cpu")
            let join = JoinFile(control: "tcp://farm:7401", enrol: "tcp://farm:7404", server: server, token: token)
            try join.write(to: folder + "/join.json")
            #expect(try JoinFile(at: folder + "/join.json") == join)

            let other = Make.pair().secretKey.text
            let text = try String(contentsOfFile: file, encoding: .utf8).replacing(pair.secretKey.text, with: other)
            try text.write(toFile: file, atomically: false, encoding: .utf8)
            let error = #expect(throws: KeyError.self) { try AccessFile(at: file) }
            #expect(error.map { "\($0)".contains(other) } == false)
        }
    }

    @Test("A file of a later version is refused and says so, whatever it holds")
    func laterVersions() throws {
        try inFolder {
            let keys = try KeyFolder(stateFolder: folder)
            let pair = Make.pair()
            let access = AccessFile(
                control: "tcp://farm:7401", clients: "tcp://farm:7403", server: pair.publicKey, name: "ada", keys: pair)
            let join = JoinFile(
                control: "tcp://farm:7401", enrol: "tcp://farm:7404", server: pair.publicKey,
                token: JoinToken(expires: 7, uses: 2, pool: nil))
            try access.write(to: folder + "/ada.json")
            try join.write(to: folder + "/join.json")
            try keys.change { book throws(KeyError) in
                try book.allow("ada", pair.publicKey, role: .admin, at: 1)
            }.get()
            for file in [folder + "/ada.json", folder + "/join.json", keys.bookFile] {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                #expect(text.contains("\"version\" : 1"))
                try text.replacing("\"version\" : 1", with: "\"version\" : 2")
                    .write(toFile: file, atomically: false, encoding: .utf8)
                let error = #expect(throws: KeyError.self) {
                    if file == keys.bookFile {
                        _ = try keys.book()
                    } else if file.hasSuffix("join.json") {
                        _ = try JoinFile(at: file)
                    } else {
                        _ = try AccessFile(at: file)
                    }
                }
                #expect(error?.what.contains("later version") == true, "\(file)")
            }
        }
    }

    @Test("A secret shows itself in no description and no dump")
    func hidden() throws {
        let pair = Make.pair()
        let token = JoinToken(expires: 1, uses: 1, pool: nil)
        var text = "\(pair) \(pair.secretKey) \(String(reflecting: pair)) \(token)"
        dump(pair, to: &text)
        dump(token, to: &text)
        #expect(!text.contains(pair.secretKey.text))
        let secret = String(decoding: try JSONEncoder().encode(token.secret), as: UTF8.self)
            .trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        #expect(secret.count == 64 && !text.contains(secret))
    }

    @Test("Keys are read back from their text, and nothing else is")
    func text() {
        let pair = Make.pair()
        #expect(PublicKey(pair.publicKey.text) == pair.publicKey)
        #expect(PublicKey(bytes: pair.publicKey.bytes) == pair.publicKey)
        #expect(CurveKeyPair(publicKey: Make.pair().publicKey, secretKey: pair.secretKey) == nil)
        for wrong in ["", "abc", String(repeating: "~", count: 40), String(repeating: "é", count: 20)] {
            #expect(PublicKey(wrong) == nil && SecretKey(wrong) == nil)
        }
        #expect(PublicKey(bytes: []) == nil)
    }
}
