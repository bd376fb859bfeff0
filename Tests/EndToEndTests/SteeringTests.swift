import Foundation
import Glibc
import Testing

/// Jobs watched and steered from the command line: on a running coordinator, and on its folder after it was killed.
struct SteeringTests {
    private struct Job: Decodable {
        var job: Int
        var name: String
        var state: String
        var total: Int
        var waiting: Int
        var priority: Int
        var submitter: String
    }

    private func jobs(_ access: [String], in folder: TemporaryFolder) async throws -> [Job] {
        let ending = try await AtelierProcess.run(["jobs", "--json"] + access, in: folder)
        #expect(ending.code == 0, "\(ending.errors)")
        return try JSONDecoder().decode([Job].self, from: Data(ending.output.utf8))
    }

    private func run(_ words: String, _ access: [String], in folder: TemporaryFolder) async throws -> String {
        let ending = try await AtelierProcess.run(words.split(separator: " ").map(String.init) + access, in: folder)
        #expect(ending.code == 0, "\(words): \(ending.errors)")
        return ending.output
    }

    @Test(
        "A job is steered while its coordinator runs and, alike, in its folder after it was killed",
        .timeLimit(.minutes(10)))
    func steering() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write("noop: { tasks: 1000, milliseconds: 1 }\nsubmitter: ann\n", to: "wait.yaml")
        let coordinator = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "error"], in: folder)
        for _ in 0..<3_000 where !FileManager.default.fileExists(atPath: folder.url.path + "/state/endpoints.json") {
            try await Task.sleep(for: .milliseconds(20))
        }
        let (asked, here) = (["--farm", "state/keys/access.json"], ["--state", "state"])
        _ = try await run("submit \(template) --priority 3", asked, in: folder)

        for access in [asked, here] {
            let found = try #require(try await jobs(access, in: folder).first)
            #expect(found.name == "wait" && found.total == 1_000 && found.priority == 3 && found.submitter == "ann")
        }
        #expect(try await run("pause wait", asked, in: folder).contains("is paused"))
        #expect(try await jobs(here, in: folder).first?.state == "paused")
        #expect(try await run("explain wait/17", asked, in: folder).split(separator: "\n").count == 1)
        #expect(try await run("tasks wait --limit 3", asked, in: folder).contains("1/2"))
        #expect(try await run("drain node-1 --mode immediate", asked, in: folder).contains("drains"))

        coordinator.signal(SIGKILL)
        _ = try await coordinator.ending()
        #expect(try await jobs(here, in: folder).first?.state == "paused")
        _ = try await run("resume 1", here, in: folder)
        _ = try await run("priority wait 9", here, in: folder)
        #expect(try await run("workers", here, in: folder).contains("node-1"))
        _ = try await run("undrain node-1", here, in: folder)
        let later = try #require(try await jobs(here, in: folder).first)
        #expect(later.state == "waiting" && later.priority == 9 && later.waiting == 1_000)
        _ = try await run("cancel wait", here, in: folder)
        #expect(try await jobs(here, in: folder).first?.state == "cancelled")
        _ = try await run("retry wait --failed", here, in: folder)
        #expect(try await jobs(here, in: folder).first?.state == "waiting")

        for wrong in [
            "job nothing", "explain wait/1000", "explain wait", "priority wait high", "drain node-1 --mode x",
        ] {
            let words = wrong.split(separator: " ").map(String.init)
            let ending = try await AtelierProcess.run(words + here, in: folder)
            #expect(ending.code == 2, "\(wrong): \(ending.output)\(ending.errors)")
        }
    }
}
