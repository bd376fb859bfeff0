import Foundation
import Glibc
import Testing

/// What people do wrong with keys and join files, and what must not come of it.
@Suite(.timeLimit(.minutes(10))) struct KeyMistakeTests {
    private func exists(_ name: String, in folder: TemporaryFolder) -> Bool {
        FileManager.default.fileExists(atPath: folder.url.appending(path: name).path)
    }

    @Test("A file that cannot be written spends no name, and none is written over")
    func files() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let keys = ["keys", "new", "ada", "--farm", "state", "-o"]
        let lost = try await AtelierProcess.run(keys + ["nowhere/ada.json"], in: folder)
        #expect(lost.code == 2, "\(lost)")
        let made = try await AtelierProcess.run(keys + ["ada.json"], in: folder)
        #expect(made.code == 0 && made.errors.contains("only this machine reaches"), "\(made)")
        let again = try await AtelierProcess.run(keys + ["other.json"], in: folder)
        #expect(again.code == 2 && !exists("other.json", in: folder), "\(again)")

        let join = ["join", "create", "--farm", "state"]
        let first = try await AtelierProcess.run(join, in: folder)
        #expect(first.code == 0 && first.errors.contains("only this machine reaches"), "\(first)")
        let second = try await AtelierProcess.run(join, in: folder)
        #expect(second.code == 2 && second.errors.contains("there already"), "\(second)")

        // A user whose file was lost gets another one, and the lost one is worth nothing.
        let reissued = try await AtelierProcess.run(
            "keys", "reissue", "ada", "--farm", "state", "-o", "new.json", in: folder)
        #expect(reissued.code == 0, "\(reissued)")
        #expect(try await AtelierProcess.run("jobs", "--farm", "new.json", in: folder).code == 0)
        var refused = try await AtelierProcess.run("jobs", "--farm", "ada.json", in: folder)
        for _ in 0..<100 where refused.code == 0 {
            refused = try await AtelierProcess.run("jobs", "--farm", "ada.json", in: folder)
        }
        #expect(refused.errors.contains("does not admit this key"), "\(refused)")
        _ = try await coordinator.leave()
    }

    @Test("Keys in a folder that is no farm's are refused, and make none of it")
    func wrongFolder() async throws {
        let folder = try TemporaryFolder()
        #expect(mkdir(folder.url.appending(path: "pictures").path, 0o700) == 0)
        for words in [["list"], ["allow", "ada", String(repeating: "a", count: 40)], ["rotate"]] {
            let ending = try await AtelierProcess.run(["keys"] + words + ["--farm", "pictures"], in: folder)
            #expect(ending.code == 2 && ending.errors.contains("no coordinator has run"), "\(ending)")
        }
        #expect(!exists("pictures/keys", in: folder))
    }

    @Test("A second worker of one name gets another name, and the first goes on; --replace takes the name over")
    func sameName() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let arguments = ["worker", "--farm", "state", "--name", "node", "--threads", "1", "--state"]
        let first = try AtelierProcess(arguments + ["one"], in: folder)
        try await coordinator.say("node on")
        for count in 1...2 {
            let second = try AtelierProcess(arguments + ["two"], in: folder)
            try await coordinator.say("node-2 on", times: count)
            #expect(second.errorText.contains("node is taken") == (count == 1), "\(second.errorText)")
            #expect(try await second.leave().code == 0)
        }
        #expect(!coordinator.errorText.contains("was revoked"))
        let third = try AtelierProcess(arguments + ["three", "--replace"], in: folder)
        try await coordinator.say("node on", times: 2)
        try await first.say("does not admit this key")
        for process in [first, third] { _ = try await process.leave() }
        _ = try await coordinator.leave()
    }

    @Test("A worker that cannot keep its keys is not admitted, or comes again as the one it is")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let arguments = ["worker", "--farm", "state", "--name", "node", "--threads", "1", "--state", "one"]
        // A folder in the place of a file stops whoever would write there, also one that may do everything.
        func blocked(_ name: String) async throws -> AtelierProcess.Ending {
            let path = folder.url.appending(path: "one/\(name).part/x").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let ending = try await AtelierProcess.run(arguments, in: folder)
            try FileManager.default.removeItem(at: folder.url.appending(path: "one/\(name).part"))
            return ending
        }
        let early = try await blocked("access.json.joining")
        #expect(early.code == 2 && early.errors.contains("cannot write a file of keys"), "\(early)")
        let list = try await AtelierProcess.run("keys", "list", "--farm", "state", in: folder)
        #expect(list.code == 0 && !list.output.contains("node"), "\(list)")
        let late = try await blocked("access.json")
        #expect(late.code == 2 && late.errors.contains("cannot write a file of keys"), "\(late)")
        let worker = try AtelierProcess(arguments, in: folder)
        try await coordinator.say("node on")
        #expect(!worker.errorText.contains("is taken") && !exists("one/access.json.joining", in: folder))
        _ = try await worker.leave()
        _ = try await coordinator.leave()
    }

    @Test(
        "A node keeps working when its join file is gone, and has its pool as a tag; an access file serves from anywhere"
    )
    func nodes() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let join = try await AtelierProcess.run(
            "join", "create", "--farm", "state", "--address", "127.0.0.1", "--pool", "spot", in: folder)
        #expect(join.code == 0, "\(join)")
        let arguments = ["worker", "--join", "join.json", "--name", "node", "--threads", "1", "--state", "one"]
        var worker = try AtelierProcess(arguments, in: folder)
        try await coordinator.say("node on")
        let list = try await AtelierProcess.run("workers", "--farm", "state", in: folder)
        #expect(list.output.contains("spot"), "\(list)")
        _ = try await worker.leave()
        try FileManager.default.removeItem(at: folder.url.appending(path: "join.json"))
        worker = try AtelierProcess(arguments, in: folder)
        try await coordinator.say("node on", times: 2)
        #expect(worker.errorText.contains("joined before"), "\(worker.errorText)")
        _ = try await worker.leave()
        // The file that it keeps is an access file like any other.
        worker = try AtelierProcess(
            ["worker", "--name", "node", "--threads", "1", "--state", "two"], in: folder,
            environment: ["ATELIER_FARM": "one/access.json"])
        try await coordinator.say("node on", times: 3)
        _ = try await worker.leave()
        _ = try await coordinator.leave()
    }

    @Test(
        "A13: files that are made between the two steps of a rotation, and after them, serve before and after the next start"
    )
    func rotation() async throws {
        let folder = try TemporaryFolder()
        var coordinator = try await AtelierProcess.coordinator(in: folder)
        func run(_ words: String...) async throws -> AtelierProcess.Ending {
            let ending = try await AtelierProcess.run(words + ["--farm", "state"], in: folder)
            #expect(ending.code == 0, "\(words): \(ending)")
            return ending
        }
        _ = try await run("keys", "rotate")
        _ = try await run("keys", "new", "ada", "--address", "127.0.0.1", "-o", "ada.json")
        let join = ["join", "create", "--address", "127.0.0.1", "-o"]
        #expect(try await AtelierProcess.run(join + ["join.json", "--farm", "state"], in: folder).code == 0)
        let finished = try await run("keys", "rotate", "--finish")
        #expect(finished.errors.contains("1 join file is out"), "\(finished)")
        _ = try await run("keys", "new", "eve", "--address", "127.0.0.1", "-o", "eve.json")
        // The coordinator still has the old key.
        for file in ["ada.json", "eve.json"] {
            let jobs = try await AtelierProcess.run("jobs", "--farm", file, in: folder)
            #expect(jobs.code == 0, "\(jobs)")
        }
        _ = try await coordinator.leave()
        coordinator = try await AtelierProcess.coordinator(in: folder)
        for file in ["ada.json", "eve.json"] {
            // The second time, the file knows the new key.
            for _ in 0..<2 {
                let jobs = try await AtelierProcess.run(
                    "jobs", "--farm", file, "--connect", try coordinator.clients, in: folder)
                #expect(jobs.code == 0, "\(jobs)")
            }
        }
        // On other ports than the join file says, so only its keys are tried: by a copy with the ports of now.
        let newPorts = try String(contentsOf: folder.url.appending(path: "state/keys/ports.json"), encoding: .utf8)
        var text = try String(contentsOf: folder.url.appending(path: "join.json"), encoding: .utf8)
        for field in ["control", "enrol"] {
            text = text.replacing(try value(of: field, in: text), with: try value(of: field, in: newPorts))
        }
        let copy = try folder.write(text, to: "copy.json")
        chmod(copy, 0o600)
        var worker = try AtelierProcess(
            ["worker", "--join", "copy.json", "--name", "node", "--threads", "1", "--state", "one"], in: folder)
        try await coordinator.say("node on")
        _ = try await worker.leave()
        // What a worker is told of the next key goes into the file that it was given.
        func access() throws -> String {
            try String(contentsOf: folder.url.appending(path: "one/access.json"), encoding: .utf8)
        }
        #expect(try !access().contains("next_server_key"))
        _ = try await run("keys", "rotate")
        // The coordinator looks at its keys now and then; who comes before that is told the next time.
        for time in 2..<20 where try !access().contains("next_server_key") {
            worker = try AtelierProcess(
                ["worker", "--farm", "one/access.json", "--name", "node", "--threads", "1", "--state", "two"],
                in: folder)
            try await coordinator.say("node on", times: time)
            _ = try await worker.leave()
        }
        #expect(try access().contains("next_server_key"))
        _ = try await coordinator.leave()
    }

    private func value(of field: String, in json: String) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        return try #require(object?[field] as? String)
    }
}
