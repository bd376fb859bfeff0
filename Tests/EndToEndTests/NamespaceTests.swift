import Foundation
import Glibc
import Testing

/// Three machines on one: see `deploy/namespaces`.
@Suite(.timeLimit(.minutes(10))) struct NamespaceTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/namespaces").standardizedFileURL

    /// Whether this user can make network namespaces and cables between them.
    private static let canMakeNamespaces: Bool = {
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/bin/sh")
        let name = "atprobe\(getpid())"
        probe.arguments = [
            "-c",
            "ip netns add \(name) && ip link add \(name) type bridge; code=$?; ip link del \(name); ip netns del \(name); exit $code",
        ]
        (probe.standardOutput, probe.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    @Test(
        "Two nodes with empty home folders in networks of their own join by one file and render",
        .enabled(if: NamespaceTests.canMakeNamespaces, "needs root and iproute2"))
    func joining() async throws {
        let folder = try TemporaryFolder()
        let run = try AtelierProcess(
            [AtelierProcess.program.path, folder.url.appending(path: "farm").path], program: Self.script, in: folder)
        let ending = try await run.ending()
        #expect(ending.code == 0 && ending.output.contains("4 of 4 done"), "\(ending)")
    }
}
