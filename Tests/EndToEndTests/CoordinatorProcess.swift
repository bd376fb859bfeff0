import Foundation

/// Coordinators that come back to their ports.
enum CoordinatorProcess {
    /// Starts one on four ports in a row that are free.
    static func start(
        _ arguments: [String], in folder: TemporaryFolder
    ) async throws -> (AtelierProcess, port: Int) {
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<30_000)
            let process = try AtelierProcess(arguments + ["--port", "\(port)"], in: folder)
            if try await line(of: process) { return (process, port) }
            _ = try await process.ending()
        }
        throw ChildProcesses.NotFound()
    }

    /// Waits for the line with the ports; false if the process says an error instead.
    static func line(of process: AtelierProcess) async throws -> Bool {
        for _ in 0..<6_000 {
            if ((try? String(contentsOf: process.output, encoding: .utf8)) ?? "").contains("\n") { return true }
            if process.errorText.contains("Error: ") { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProcesses.NotFound()
    }
}
