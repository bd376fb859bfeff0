import Foundation
import Testing

/// The short form of `deploy/chaos`: real processes under faults, half a minute long.
@Suite(.timeLimit(.minutes(10))) struct ChaosTests {
    /// The parts of a report that are looked at.
    private struct Report: Decodable {
        var kills, tasks, attempts, files: Int
        var violations: [String]
    }

    @Test("A farm whose processes are killed, stopped and cut off records every task once and leaves nothing behind")
    func soak() async throws {
        let folder = try TemporaryFolder()
        let run = try AtelierProcess(
            [
                "--minutes", "0.4", "--kills", "15", "--seed", "5", "--workers", "3", "--no-volumes", "--json",
                "--folder", folder.url.appending(path: "farm").path,
            ], of: "chaos", in: folder)
        let ending = try await run.ending(within: .seconds(540))
        #expect(ending.code == 0, "\(ending.output) \(ending.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(ending.output.utf8))
        #expect(report.violations == [])
        #expect(report.kills > 0 && report.tasks > 0 && report.files >= report.tasks / 2, "\(report)")
        #expect(report.attempts >= report.tasks / 2)
    }
}
