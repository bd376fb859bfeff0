import Foundation
import Glibc
import Testing

/// Keys as people handle them: the commands, the files, and what is said to those who are not let in.
@Suite(.timeLimit(.minutes(10))) struct KeyTests {
    private func mode(_ name: String, in folder: TemporaryFolder) throws -> Int {
        let path = folder.url.appending(path: name).path
        return try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("A user works with one copied file, until the key is revoked; the role decides what it may do")
    func users() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(SmallSweep.template(), to: "small.yaml")
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let made = try await AtelierProcess.run(
            "keys", "new", "ada", "--role", "submit", "-o", "ada.json", "--address", "127.0.0.1", "--farm", "state",
            in: folder)
        #expect(made.code == 0, "\(made)")
        #expect(try mode("ada.json", in: folder) == 0o600)
        let submitted = try await AtelierProcess.run("submit", template, "--farm", "ada.json", in: folder)
        #expect(submitted.code == 0, "\(submitted)")
        #expect(
            try await AtelierProcess.run(
                "keys", "new", "eve", "--role", "viewer", "-o", "eve.json", "--farm", "state", in: folder
            )
            .code == 0)
        let viewer = try await AtelierProcess.run(
            "submit", template, "--farm", "eve.json", "--no-upload", "--connect",
            try coordinator.clients, in: folder)
        #expect(viewer.code == 2 && viewer.errors.contains("viewer"), "\(viewer)")

        let list = try await AtelierProcess.run("keys", "list", "--farm", "state", in: folder)
        #expect(list.output.contains("ada") && list.output.contains("admin"), "\(list)")
        #expect(try await AtelierProcess.run("keys", "revoke", "ada", "--farm", "state", in: folder).code == 0)
        var refused = try await AtelierProcess.run("submit", template, "--farm", "ada.json", in: folder)
        for _ in 0..<100 where refused.code == 0 {
            refused = try await AtelierProcess.run("submit", template, "--farm", "ada.json", in: folder)
        }
        #expect(refused.code == 2 && refused.errors.split(separator: "\n").count == 1, "\(refused)")
        #expect(refused.errors.contains("does not admit this key"), "\(refused)")

        // No secret is in what was printed or logged.
        coordinator.signal(SIGTERM)
        let log = try await coordinator.ending()
        let printed = log.errors + log.output + made.output + list.output
        for file in ["ada.json", "state/keys/access.json", "state/keys/server.json"] {
            let text = try String(contentsOf: folder.url.appending(path: file), encoding: .utf8)
            let line: Substring = try #require(text.split(separator: "\n").first { $0.contains("secret") })
            let words: [Substring] = line.split(separator: "\"" as Character)
            let secret = try #require(words.first { $0.utf8.count == 40 })
            #expect(!printed.contains(secret))
        }
    }

    @Test("A7: a join file lets in as many nodes as it says, and a node that comes back needs no file")
    func joining() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let join = try await AtelierProcess.run(
            "join", "create", "--farm", "state", "--address", "127.0.0.1", "--uses", "1", "--pool", "spot", in: folder)
        #expect(join.code == 0, "\(join)")
        #expect(try mode("join.json", in: folder) == 0o600)
        let arguments = ["worker", "--join", "join.json", "--name", "node", "--threads", "1"]
        let first = try AtelierProcess(arguments + ["--state", "one"], in: folder)
        try await coordinator.say("is ready, with", times: 1)
        first.signal(SIGTERM)
        #expect(try await first.ending().code == 0)
        #expect(try mode("one/access.json", in: folder) == 0o600)
        // The same node again, with the file and without.
        for again in [arguments, ["worker", "--name", "node"]] {
            let process = try AtelierProcess(again + ["--state", "one"], in: folder)
            try await coordinator.say("is ready, with", times: again == arguments ? 2 : 3)
            process.signal(SIGTERM)
            #expect(try await process.ending().code == 0)
        }
        let second = try await AtelierProcess.run(arguments + ["--state", "two"], in: folder)
        #expect(second.code == 2 && second.errors.contains("used as often"), "\(second)")
        chmod(folder.url.appending(path: "join.json").path, 0o644)
        let open = try await AtelierProcess.run(arguments + ["--state", "three"], in: folder)
        #expect(open.code == 2 && open.errors.contains("chmod 600"), "\(open)")
        coordinator.signal(SIGTERM)
        _ = try await coordinator.ending()
    }

    @Test("A8: a worker whose key is revoked is out at once, is told so, and its task goes to another")
    func revokedWorker() async throws {
        let folder = try TemporaryFolder()
        let coordinator = try await AtelierProcess.coordinator(in: folder)
        let first = try AtelierProcess(
            ["worker", "--farm", "state", "--name", "w1", "--state", "w1", "--threads", "1"], in: folder)
        try await coordinator.say("is ready, with", times: 1)
        #expect(try await AtelierProcess.run("keys", "revoke", "w1", "--farm", "state", in: folder).code == 0)
        try await coordinator.say("is gone", times: 1)
        try await first.say("does not admit this key", times: 1)
        #expect(coordinator.errorText.ranges(of: "is ready, with").count == 1)
        first.signal(SIGTERM)
        #expect(try await first.ending().code == 0)
        coordinator.signal(SIGTERM)
        _ = try await coordinator.ending()
    }

    @Test(
        "A13: workers and users that were there in time follow the coordinator to its next key, and an old file is told what is wrong"
    )
    func rotation() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(SmallSweep.template(), to: "small.yaml")
        #expect(mkdir(folder.url.appending(path: "state").path, 0o700) == 0)
        var coordinator = try await AtelierProcess.coordinator(in: folder)
        #expect(
            try await AtelierProcess.run(
                "keys", "new", "ada", "-o", "ada.json", "--address", "127.0.0.1", "--farm", "state", in: folder
            )
            .code == 0)
        #expect(
            try await AtelierProcess.run(
                "keys", "new", "eve", "-o", "eve.json", "--address", "127.0.0.1", "--farm", "state", in: folder
            )
            .code == 0)
        #expect(try await AtelierProcess.run("keys", "rotate", "--farm", "state", in: folder).code == 0)
        // Whoever asks anything now is told of the next key, and keeps it in the file.
        var eve = ""
        for _ in 0..<100 where !eve.contains("next_server_key") {
            #expect(try await AtelierProcess.run("jobs", "--farm", "eve.json", in: folder).code == 0)
            eve = try String(contentsOf: folder.url.appending(path: "eve.json"), encoding: .utf8)
        }
        #expect(eve.contains("next_server_key"))
        #expect(try mode("eve.json", in: folder) == 0o600)
        let arguments = ["worker", "--name", "w1", "--state", "w1", "--threads", "1"]
        var worker = try AtelierProcess(arguments + ["--farm", "state"], in: folder)
        try await coordinator.say("is ready, with", times: 1)
        for process in [worker, coordinator] {
            process.signal(SIGTERM)
            #expect(try await process.ending().code == 0)
        }
        #expect(try await AtelierProcess.run("keys", "rotate", "--finish", "--farm", "state", in: folder).code == 0)
        coordinator = try await AtelierProcess.coordinator(in: folder)
        let words = try String(contentsOf: coordinator.output, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        // Nothing but what it was told before.
        worker = try AtelierProcess(arguments + ["--connect", String(words[1])], in: folder)
        try await coordinator.say("is ready, with", times: 1)
        #expect(worker.errorText.contains("the key that the coordinator has announced"), "\(worker.errorText)")
        let old = try await AtelierProcess.run(
            "submit", template, "--farm", "ada.json", "--connect", try coordinator.clients, in: folder)
        #expect(old.code == 2 && old.errors.contains("does not have the key of the coordinator"), "\(old)")
        // The second time, the file knows the key.
        for _ in 0..<2 {
            let jobs = try await AtelierProcess.run(
                "jobs", "--farm", "eve.json", "--connect", try coordinator.clients, in: folder)
            #expect(jobs.code == 0, "\(jobs)")
        }
        #expect(try String(contentsOf: folder.url.appending(path: "eve.json"), encoding: .utf8) != eve)
        for process in [worker, coordinator] {
            process.signal(SIGTERM)
            _ = try await process.ending()
        }
    }
}
