import Foundation
import Glibc
import Testing

/// A run of the built `atelier` program, as a person would start it.
final class AtelierProcess {
    private let process = Process()
    /// What it has written so far.
    let output: URL
    private let errors: URL
    /// What it has complained of so far.
    var errorOutput: URL { errors }

    /// The program lies beside the test bundle.
    static let program: URL = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let candidates = [runner] + CommandLine.arguments + [Bundle.main.executablePath ?? ""]
        for candidate in candidates {
            var folder = URL(fileURLWithPath: candidate).deletingLastPathComponent()
            for _ in 0..<3 {
                let program = folder.appending(path: "atelier")
                if FileManager.default.isExecutableFile(atPath: program.path) { return program }
                folder.deleteLastPathComponent()
            }
        }
        preconditionFailure("no atelier program beside \(candidates)")
    }()

    /// What a run left.
    struct Ending {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Starts a program of the package, the command by default, or any other.
    init(
        _ arguments: [String], of name: String = "atelier", program: URL? = nil, in folder: TemporaryFolder,
        environment: [String: String] = [:]
    ) throws {
        output = folder.url.appending(path: "out-\(UUID().uuidString).txt")
        errors = folder.url.appending(path: "err-\(UUID().uuidString).txt")
        for file in [output, errors] { try Data().write(to: file) }
        process.executableURL =
            program ?? AtelierProcess.program.deletingLastPathComponent().appending(path: name)
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// What it has said on standard error so far.
    var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    var identifier: pid_t { process.processIdentifier }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end on a thread of its own; kills what runs longer than the limit.
    func ending(within limit: Duration = .seconds(240)) async throws -> Ending {
        let identifier = process.processIdentifier
        let watchdog = Task {
            try await Task.sleep(for: limit)
            kill(identifier, SIGKILL)
        }
        let process = process
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        watchdog.cancel()
        return Ending(
            code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], in folder: TemporaryFolder) async throws -> Ending {
        try await AtelierProcess(arguments, in: folder).ending()
    }
}

/// A folder of one test, removed with it.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "atelier-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Digest-comparable content of every file below a folder, by relative path.
    func contents(of relative: String) throws -> [String: Data] {
        let root = url.appending(path: relative)
        var result: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let path = root.appending(path: name).path
            let kind = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            if kind == .typeRegular { result[name] = FileManager.default.contents(atPath: path) }
        }
        return result
    }
}
