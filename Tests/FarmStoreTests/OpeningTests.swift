import FarmModel
import Foundation
import GRDB
import Glibc
import Testing

@testable import FarmStore

@Suite("Opening a store")
struct OpeningTests {
    @Test("A second coordinator is told who has the folder, and may have it afterwards")
    func locked() throws {
        let folder = try TemporaryFolder()
        let first = try store(in: folder)
        let error = try storeError { _ = try store(in: folder) }
        #expect(error.reason == .locked(pid: ProcessInfo.processInfo.processIdentifier))
        #expect(error.description.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
        try first.close()
        #expect(try store(in: folder).epoch == 2)
    }

    @Test("A file that is no database is refused and left as it is")
    func notADatabase() throws {
        let folder = try TemporaryFolder()
        let path = folder("state/farm.sqlite")
        try FileManager.default.createDirectory(atPath: folder("state"), withIntermediateDirectories: true)
        let rubbish = Data(repeating: 0x5A, count: 8_192)
        try rubbish.write(to: URL(fileURLWithPath: path))
        let error = try storeError { _ = try store(in: folder) }
        #expect(error.reason == .corrupt)
        #expect(error.description.contains("farm.sqlite") && error.description.contains("backup"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == rubbish)
    }

    @Test("A damaged page is found at the start, not guessed at")
    func damagedPage() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit([try submitted(tasks: 2_000)])
        try farm.commit(try (0..<2_000).map { .attemptStarted(try lease(1, $0, 1), at: time(1)) })
        try farm.close()
        let file = URL(fileURLWithPath: folder("state/farm.sqlite"))
        var bytes = try Data(contentsOf: file)
        // The page header of every page from the tenth on: whichever table it belongs to, its tree is broken.
        for page in stride(from: 10 * 4_096, to: bytes.count, by: 4_096) { bytes[page] = 0x77 }
        try bytes.write(to: file)
        #expect(try storeError { _ = try store(in: folder) }.reason == .corrupt)
    }

    @Test("Tables of a later version are not touched")
    func newer() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v999')") }
        try farm.close()
        #expect(try storeError { _ = try store(in: folder) }.reason == .newerVersion)
    }

    @Test("A folder below a file gives a clear error")
    func belowAFile() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder("file")))
        let error = try storeError { _ = try store(in: folder, "file/state") }
        #expect(error.reason == .inTheWay)
        #expect(error.description.contains(folder("file")))
    }

    @Test("R9: A full disk is called that, with the path and what to do")
    func fullDisk() throws {
        let error = try storeError {
            let file = try File("/dev/full", O_WRONLY, what: "cannot open")
            try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try file.write($0, at: 0) }
        }
        #expect(error.reason == .diskFull)
        #expect(error.description.contains("/dev/full") && error.description.contains("free some space"))
        #expect(StoreError.database(DatabaseError(resultCode: .SQLITE_FULL), what: "x", at: "y").reason == .diskFull)
    }

    @Test("Commits are durable, references are checked, and only the owner can read")
    func settings() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        #expect(try farm.write("test") { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try farm.write("test") { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        #expect(try farm.write("test") { try Int.fetchOne($0, sql: "PRAGMA foreign_keys") } == 1)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: folder(path))[.posixPermissions] as? Int
        }
        #expect(try mode("state") == 0o700)
        #expect(try mode("state/farm.sqlite") == 0o600)
        #expect(try mode("state/farm.sqlite-wal") == 0o600)
        #expect(try mode("state/lock") == 0o600)
        let digest = try farm.blobs.insert([1, 2, 3])
        #expect(try mode("state/blobs/sha256/\("\(digest)".prefix(2))/\(digest)") == 0o600)
    }

    @Test("A stored specification with an unknown key, type, version or action is not guessed at")
    func strictSpecification() throws {
        let good = try StoredJobSpec.encode(sweep("strict"))
        #expect(try StoredJobSpec.decode(good, at: "x") == sweep("strict"))
        let text = String(decoding: good, as: UTF8.self)
        for (old, new, reason) in [
            ("\"version\":2", "\"version\":3", StoreError.Reason.newerVersion),
            ("\"priority\"", "\"prioritie\"", .corrupt),
            ("\"version\":2", "\"version\":2,\"more\":0", .corrupt),
            ("\"render\"", "\"explode\"", .corrupt),
            ("{\"integer\":64}", "{\"integer\":64,\"number\":1}", .corrupt),
            ("{\"integer\":64}", "{\"whole\":64}", .corrupt),
            ("[\"width\",{\"integer\":64}]", "[\"prompt\",{\"integer\":64}]", .corrupt),
        ] {
            #expect(text.contains(old))
            let changed = Data(text.replacingOccurrences(of: old, with: new).utf8)
            #expect(try storeError { _ = try StoredJobSpec.decode(changed, at: "x") }.reason == reason, "\(new)")
        }
        #expect(throws: StoreError.self) { try StoredJobSpec.decode(good.dropLast(), at: "x") }
    }
}
