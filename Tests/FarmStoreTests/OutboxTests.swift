import FarmModel
import FarmStore
import Foundation
import OrderedCollections
import Testing

@Suite("Outbox")
struct OutboxTests {
    private func success(_ outbox: OutboxStore, _ index: UInt32) throws -> OutboxEntry {
        let attempt = try lease(3, index, 2).attempt
        let path = try outbox.prepare(attempt)
        try Data("picture \(index)".utf8).write(to: URL(fileURLWithPath: "\(path)/a.png"))
        return OutboxEntry(
            attempt: attempt,
            outcome: .succeeded(
                TaskResult(
                    artifacts: [try outbox.artifact(named: "a.png", kind: .frame, of: attempt)],
                    metrics: ["z": -.infinity, "a": 0.1, "iterations": 200], facts: ["z": "ü\n", "a": ""],
                    wallMilliseconds: 77)))
    }

    private func failed(_ index: UInt32) throws -> OutboxEntry {
        .init(attempt: try lease(3, index, 1).attempt, outcome: .failed(Failure(.badOutput, "black picture")))
    }

    @Test("Entries survive a restart exactly, in the order of attempts")
    func survives() throws {
        let folder = try TemporaryFolder()
        let outbox = try OutboxStore(folder: folder("outbox"))
        let entries = [try success(outbox, 1), try failed(2), try success(outbox, 10)]
        for entry in entries.reversed() { try outbox.add(entry) }
        try outbox.add(entries[0])
        #expect(try outbox.load() == entries)
        outbox.close()
        let again = try OutboxStore(folder: folder("outbox"))
        #expect(again.discarded == 0)
        #expect(try again.load() == entries)
        #expect(
            try String(contentsOfFile: "\(again.path(of: entries[2].attempt))/a.png", encoding: .utf8) == "picture 10")
        try again.remove(entries[0].attempt)
        try again.remove(entries[0].attempt)
        #expect(try again.load() == Array(entries[1...]))
        #expect(
            TemporaryFolder.files(below: folder("outbox")) == [
                "3-10-2/a.png", "3-10-2/entry.json", "3-2-1/entry.json", "lock",
            ])
    }

    @Test("A loss that is not a number is reported as such")
    func notANumber() throws {
        let folder = try TemporaryFolder()
        let outbox = try OutboxStore(folder: folder.path)
        let attempt = try lease(1, 0, 1).attempt
        try outbox.add(
            .init(
                attempt: attempt,
                outcome: .succeeded(TaskResult(artifacts: [], metrics: ["final_loss": .nan], wallMilliseconds: 1))))
        guard case .succeeded(let result)? = try outbox.load().first?.outcome else {
            Issue.record("the entry is gone")
            return
        }
        #expect(result.metrics["final_loss"]?.isNaN == true)
    }

    @Test("What a crash left half-written is deleted at start, and what cannot be read is set aside")
    func leftovers() throws {
        let folder = try TemporaryFolder()
        var outbox: OutboxStore? = try OutboxStore(folder: folder.path)
        let kept = try failed(1)
        try outbox?.add(kept)
        // Files without an entry; an entry under its hidden name; a cut entry; an entry in the wrong folder; a stray file.
        _ = try outbox?.prepare(try lease(3, 5, 1).attempt)
        for (name, file, bytes) in [
            ("3-6-1", ".entry.json.part", Data("{}".utf8)), ("3-7-1", "entry.json", Data("{\"version\":1".utf8)),
            ("3-7-1", "a.png", Data("picture".utf8)),
            ("3-8-1", "entry.json", try Data(contentsOf: URL(fileURLWithPath: folder("3-1-1/entry.json")))),
            ("3-9-1", "entry.json", Data(#"{"version":2,"job":3,"index":9,"attempt":1}"#.utf8)),
            ("damaged/3-7-1", "entry.json", Data()), ("x", "y", Data()),
        ] {
            try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
            try bytes.write(to: URL(fileURLWithPath: folder("\(name)/\(file)")))
        }
        outbox = nil
        let again = try OutboxStore(folder: folder.path)
        #expect(again.discarded == 3)
        #expect(again.damaged.count == 3)
        for (note, name) in zip(again.damaged, ["3-7-1-2", "3-8-1", "3-9-1"]) {
            #expect(note.hasPrefix(folder("damaged/\(name)")))
        }
        #expect(try again.load() == [kept])
        #expect(
            TemporaryFolder.files(below: folder.path) == [
                "3-1-1/entry.json", "damaged/3-7-1-2/a.png", "damaged/3-7-1-2/entry.json", "damaged/3-7-1/entry.json",
                "damaged/3-8-1/entry.json", "damaged/3-9-1/entry.json", "lock",
            ])
        // What was set aside counts no more.
        outbox = nil
        again.close()
        #expect(try OutboxStore(folder: folder.path).damaged == [])
    }

    @Test("An entry that the system does not let it read keeps it from starting, and is not deleted")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let outbox = try OutboxStore(folder: folder.path)
        let entry = try failed(1)
        try outbox.add(entry)
        outbox.close()
        // No process can open a socket, whoever runs it.
        let path = folder("3-2-1/entry.json")
        try FileManager.default.createDirectory(atPath: folder("3-2-1"), withIntermediateDirectories: true)
        #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
        #expect(throws: StoreError.self) { _ = try OutboxStore(folder: folder.path) }
        try FileManager.default.removeItem(atPath: path)
        let again = try OutboxStore(folder: folder.path)
        #expect(again.discarded == 1)
        #expect(try again.load() == [entry])
    }

    @Test("Files must be there as described, with names of their own")
    func wrongFiles() throws {
        let folder = try TemporaryFolder()
        let outbox = try OutboxStore(folder: folder.path)
        let good = try success(outbox, 1)
        guard case .succeeded(let result) = good.outcome else { return }
        func reason(_ name: String, _ size: Int64) throws -> StoreError.Reason {
            var wrong = result
            let digest = result.artifacts[0].digest
            wrong.artifacts = [Artifact(name: name, kind: .frame, byteCount: size, digest: digest)]
            return try storeError { try outbox.add(.init(attempt: good.attempt, outcome: .succeeded(wrong))) }.reason
        }
        #expect(try reason("a.png", 8) == .digestMismatch)
        #expect(try reason("b.png", 9) == .notFound)
        #expect(try reason("../lock", 9) == .badName)
        #expect(try reason("entry.json", 9) == .badName)
        #expect(try outbox.load() == [])
    }

    @Test("It is bounded and used by one process")
    func bounded() throws {
        let folder = try TemporaryFolder()
        let outbox = try OutboxStore(folder: folder.path, maximumEntries: 2)
        try outbox.add(try failed(1))
        _ = try outbox.prepare(try lease(3, 2, 1).attempt)
        #expect(try storeError { try outbox.add(try failed(3)) }.reason == .overLimit)
        #expect(try storeError { _ = try outbox.prepare(try lease(3, 4, 1).attempt) }.reason == .overLimit)
        try outbox.add(try failed(2))
        try outbox.remove(try failed(1).attempt)
        try outbox.add(try failed(3))
        guard case .locked = try storeError({ _ = try OutboxStore(folder: folder.path) }).reason else {
            Issue.record("two workers share an outbox")
            return
        }
    }
}
