import FarmKeys
import FarmModel
import Foundation
import Glibc
import Logging
import Testing

@testable import CoordinatorService

/// What a running coordinator makes of changes to its files of keys.
@Suite(.timeLimit(.minutes(5))) struct IdentityTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-id-\(UUID().uuidString)").path

    private func inFolder(_ body: (CoordinatorIdentity, KeyFolder) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = CoordinatorService.Configuration(stateFolder: folder, outputFolder: folder)
        let identity = try CoordinatorIdentity(
            configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try body(identity, try KeyFolder(stateFolder: folder))
    }

    private func allow(_ name: String, in keys: KeyFolder) throws -> PublicKey {
        let key = try CurveKeyPair.make().publicKey
        try keys.change { book throws(KeyError) in try book.allow(name, key, role: .worker, at: 1) }.get()
        return key
    }

    private func revoke(_ name: String, in keys: KeyFolder) throws {
        try keys.change { book throws(KeyError) in try book.revoke(name, at: 2) }.get()
    }

    private func token(in keys: KeyFolder) throws -> JoinToken {
        let token = JoinToken(expires: .max, uses: 1, pool: nil)
        try keys.change { book throws(KeyError) in try book.add(token, at: 0) }.get()
        return token
    }

    private func request(_ token: JoinToken, to identity: CoordinatorIdentity) throws -> EnrolRequest {
        EnrolRequest(
            token: token.id, secret: token.secret, key: try CurveKeyPair.make().publicKey, name: "node",
            server: identity.server.publicKey)
    }

    @Test("A revocation that could not be read at once takes effect as soon as it can be")
    func unreadable() throws {
        try inFolder { identity, keys in
            let ada = try allow("ada", in: keys)
            #expect(identity.refresh().isEmpty && identity.allowed.principal(of: ada) != nil)
            try revoke("ada", in: keys)
            // As after sudo, or while a backup is put back: what is there may not be read.
            chmod(keys.bookFile, 0o644)
            for _ in 0..<3 { #expect(identity.refresh().isEmpty) }
            #expect(identity.allowed.principal(of: ada) != nil)
            chmod(keys.bookFile, 0o600)
            #expect(identity.refresh().map(\.name) == ["ada"])
            #expect(identity.allowed.principal(of: ada) == nil && identity.refresh().isEmpty)
        }
    }

    @Test("An enrolment takes up whatever was changed before it, and those who are out are still told of")
    func enrolmentAfterRevocation() throws {
        try inFolder { identity, keys in
            let ada = try allow("ada", in: keys)
            _ = identity.refresh()
            let token = try token(in: keys)
            try revoke("ada", in: keys)
            let joined = try identity.enrol(try request(token, to: identity)).get()
            #expect(identity.allowed.principal(of: joined.key)?.name == "node")
            #expect(identity.allowed.principal(of: ada) == nil, "the list is that of the file")
            #expect(identity.refresh().map(\.name) == ["ada"])
        }
    }

    @Test("A newcomer without a join file is refused without waiting for the files of keys")
    func unknownToken() throws {
        try inFolder { identity, keys in
            let known = try token(in: keys)
            let lock = open(keys.path + "/lock", O_RDWR | O_CLOEXEC)
            defer { close(lock) }
            _ = identity.refresh()
            try #require(flock(lock, LOCK_EX) == 0)
            let unknown = JoinToken(expires: .max, uses: 1, pool: nil)
            #expect(try identity.enrol(try request(unknown, to: identity)) == .failure(.proof))
            var forged = try request(known, to: identity)
            forged.name = "other"
            #expect(try identity.enrol(forged) == .failure(.proof))
        }
    }

    @Test("After the end of a rotation the old key still serves, and the new one is announced until the next start")
    func rotation() throws {
        try inFolder { identity, keys in
            let old = identity.server.publicKey
            try keys.changeServerKeys { keys throws(KeyError) in keys.next = try .make() }
            _ = identity.refresh()
            let new = try #require(try keys.serverKeys().next)
            #expect(identity.nextServerKey == new.publicKey)
            try keys.changeServerKeys { keys throws(KeyError) in keys = ServerKeys(current: new) }
            _ = identity.refresh()
            #expect(identity.server.publicKey == old && identity.nextServerKey == new.publicKey)
        }
    }
}
