import Foundation
import Testing

/// `atelier bench farm` as a person would start it, with little of everything.
struct BenchFarmTests {
    @Test("The farm benchmark records every task, times every part, and leaves nothing behind", .timeLimit(.minutes(5)))
    func small() async throws {
        let folder = try TemporaryFolder()
        let ending = try await AtelierProcess.run(
            [
                "bench", "farm", "--workers", "5", "--tasks", "200", "--rounds", "5", "--idle", "10",
                "--idle-seconds", "0.2", "--blob-mib", "1", "--saturation-seconds", "0.2", "--folder", folder.url.path,
                "--json",
            ], in: folder)
        #expect(ending.code == 0, "\(ending.errors)")
        let figures = try #require(
            try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any])
        let work = try #require(figures["work"] as? [String: Any])
        #expect(work["tasks"] as? Int == 200)
        #expect(work["recorded_per_second"] as? Double ?? 0 > 0)
        #expect((figures["idle_to_running"] as? [String: Any])?["count"] as? Int == 5)
        let control = try #require(figures["control"] as? [String: Any])
        #expect(Set(control.keys) == ["idle", "under_tasks", "under_blobs"])
        let blobs = try #require(figures["blobs"] as? [String: Any])
        #expect(
            ["put_per_second", "get_per_second", "get_again_per_second", "bare_per_second", "disk_per_second"]
                .allSatisfy {
                    blobs[$0] as? Double ?? 0 > 0
                })
        #expect((figures["idle"] as? [String: Any])?["workers"] as? Int == 10)
        let memory = try #require(figures["memory"] as? [String: Any])
        #expect(memory["peak_bytes"] as? Int ?? 0 > 1 << 20)
        #expect(memory["within_budget"] as? Bool == true)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!left.contains { $0.hasPrefix("atelier-bench") }, "\(left)")
    }

    @Test("A farm benchmark of nothing sensible is refused in one line")
    func refused() async throws {
        let folder = try TemporaryFolder()
        let ending = try await AtelierProcess.run(["bench", "farm", "--workers", "0"], in: folder)
        #expect(
            ending.code != 0 && ending.errors.contains("--workers is 0; it lies in 1 ... 10000"), "\(ending.errors)")
    }
}
