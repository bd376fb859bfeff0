import Foundation
import Testing

extension AtelierProcess {
    /// A coordinator on the folder `state`, on free ports, which listens by now.
    static func coordinator(in folder: TemporaryFolder) async throws -> AtelierProcess {
        let process = try AtelierProcess(
            ["coordinator", "--state", "state", "--output", "out", "--port", "0", "--log-level", "info"], in: folder)
        for _ in 0..<6_000 {
            if try process.printed.contains("\n") { return process }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ChildProcesses.NotFound()
    }

    /// Runs the program to its end.
    static func run(_ words: String..., in folder: TemporaryFolder) async throws -> Ending {
        try await run(words, in: folder)
    }

    /// What it has printed so far.
    var printed: String { get throws { try String(contentsOf: output, encoding: .utf8) } }

    /// The endpoint of workers that a coordinator printed.
    var workers: String {
        get throws { String(try #require(try printed.split(whereSeparator: \.isWhitespace).dropFirst().first)) }
    }

    /// The endpoint of clients that a coordinator printed.
    var clients: String { get throws { String(try #require(try printed.split(whereSeparator: \.isWhitespace).last)) } }

    /// Waits until words were said so often on standard error.
    func say(_ words: String, times count: Int = 1) async throws {
        for _ in 0..<6_000 {
            if errorText.ranges(of: words).count >= count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(words) was not said \(count) times: \(errorText)")
    }

    /// Asks it to leave, and waits until it has.
    func leave() async throws -> Ending {
        signal(SIGTERM)
        return try await ending()
    }
}
