import FarmKeys
import FarmModel
import Foundation
import Glibc

/// A real coordinator in a process of its own, with a folder that is removed when it has ended.
final class CoordinatorChild {
    /// How clients reach it, and as whom.
    let access: AccessFile
    /// Where blobs are exchanged.
    let blobs: String
    private let process: Process
    private let folder: URL

    /// Starts one that admits these workers and waits until it listens; throws `FarmBenchError`.
    init(program: String, in parent: String, admitting workers: [(name: String, keys: CurveKeyPair)]) throws {
        let folder = URL(fileURLWithPath: parent).appending(path: "atelier-bench-\(getpid())")
        self.folder = folder
        let process = Process()
        self.process = process
        do {
            let state = folder.appending(path: "state").path
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try CoordinatorChild.admit(workers, in: state)
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = [
                "coordinator", "--state", state, "--output", folder.appending(path: "output").path, "--port", "0",
                "--log-level", "warning",
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let endpoints = folder.appending(path: "state/endpoints.json")
            let start = Stopwatch.microseconds
            var listing: [String: String]?
            while listing == nil {
                guard process.isRunning else { throw FarmBenchError("the coordinator ended at once; see above") }
                guard Stopwatch.seconds(since: start) < BenchLimits.startSeconds else {
                    throw FarmBenchError("the coordinator did not come up")
                }
                usleep(BenchLimits.pollMicroseconds)
                listing = (try? Data(contentsOf: endpoints)).flatMap {
                    try? JSONDecoder().decode([String: String].self, from: $0)
                }
            }
            blobs = listing?["blobs"] ?? ""
            access = try AccessFile(at: KeyFolder.accessFile(in: state))
        } catch {
            CoordinatorChild.end(process, folder)
            throw error
        }
    }

    private static func admit(_ workers: [(name: String, keys: CurveKeyPair)], in state: String) throws {
        try KeyFolder(stateFolder: state).change { book throws(KeyError) in
            for worker in workers { try book.allow(worker.name, worker.keys.publicKey, role: .worker, at: 0) }
        }.get()
    }

    /// What it has used so far.
    func usage() throws -> ProcessUsage { try ProcessUsage(of: process.processIdentifier) }

    /// Where a file may be written on the same disk.
    var scratchFile: String { folder.appending(path: "scratch").path }

    /// The kind of file system that its state lies on.
    var fileSystem: String {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let path = folder.resolvingSymlinksInPath().path
        let rows = mounts.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count > 2 }
        let home = rows.filter { row in
            row[1] == "/" || path == String(row[1]) || path.hasPrefix(row[1] + "/")
        }.max { $0[1].count < $1[1].count }
        guard let kind = home.map({ String($0[2]) }) else { return "unknown" }
        return kind == "tmpfs" ? "tmpfs, where a commit costs nothing" : kind
    }

    /// Lets it end and removes its folder.
    func stop() { CoordinatorChild.end(process, folder) }

    private static func end(_ process: Process, _ folder: URL) {
        if process.isRunning { process.terminate() }
        let start = Stopwatch.microseconds
        while process.isRunning, Stopwatch.seconds(since: start) < BenchLimits.startSeconds {
            usleep(BenchLimits.pollMicroseconds)
        }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }
}
