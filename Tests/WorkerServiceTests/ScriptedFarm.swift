import CoordinatorService
import FarmCoordinator
import FarmKeys
import FarmModel
import Foundation
import Logging

@testable import WorkerService

/// A coordinator and a worker in this process; the worker's engine is a small shell script.
///
/// The script finds what it is told in `$key`, `$folder`, `$resume` and `$inputs`. It says what it likes with `say`,
/// leaves a checkpoint with `drop ITERATION CONTENT`, ends well with `finish CONTENT`, and writes to `$log` what the
/// test wants to know.
final class ScriptedFarm: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "atelier-scripted-\(UUID().uuidString)")
    let service: CoordinatorService
    private let serving: Task<Void, any Error>
    private let working: Task<Void, any Error>
    private let worker: WorkerService

    /// Starts both; `onRun` is what the engine does with a task.
    init(
        onRun script: String, configure: (inout WorkerService.Configuration) -> Void = { _ in }
    ) async throws {
        let root = folder.path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var configuration = CoordinatorService.Configuration(
            stateFolder: root + "/state", outputFolder: root + "/out")
        configuration.identity = .throwAway
        // Nothing here waits for a heartbeat.
        configuration.machine = Coordinator.Configuration(heartbeatMilliseconds: 60_000, leaseMilliseconds: 600_000)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try await CoordinatorService(configuration: configuration, logger: quiet)
        self.service = service
        serving = Task { try await service.run() }

        let engine = root + "/engine.sh"
        let text = Self.preamble + "\n" + script + "\ndone\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: engine))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: engine)

        let name = WorkerID("w") ?? { preconditionFailure("w is a name") }()
        let access = try service.admit(worker: name.name)
        var settings = WorkerService.Configuration(
            endpoint: access.control, access: access, worker: name, host: "here", stateFolder: root + "/worker",
            slots: 1, threads: 1, executable: engine, modelsFolder: root + "/models")
        configure(&settings)
        worker = try WorkerService(configuration: settings, logger: quiet)
        working = Task { [worker] in try await worker.run() }
    }

    private static let preamble = #"""
        #!/bin/bash
        log=${0%/*}/engine.log
        say() { printf '%s\n' "$1"; }
        finish() {
            printf '%s' "$1" > "$folder/a.txt"
            file='{"kind":"file","name":"a.txt"}'
            end='{"finished":{"key":"'"$key"'","_1":{"files":['"$file"'],"metrics":{},"facts":{},"wallMilliseconds":1}}}'
            say "$end"
        }
        drop() {
            printf '%s' "$2" > "$scratch/checkpoint-$1"
            sum=$(printf '%s' "$2" | sha256sum | cut -d ' ' -f 1)
            file='"file":"checkpoint-'"$1"'","byteCount":'"${#2}"',"sha256":"'"$sum"'"'
            say '{"checkpoint":{"key":"'"$key"'","_1":{"iteration":'"$1"','"$file"'}}}'
        }
        while read -r line; do
        case "$line" in '{"run"'*) ;; *) continue ;; esac
        line=$(sed 's#\\/#/#g' <<< "$line")
        key=$(sed 's/.*"key":"\([^"]*\)".*/\1/' <<< "$line")
        folder=$(sed 's/.*"folder":"\([^"]*\)".*/\1/' <<< "$line")
        scratch=$(sed 's/.*"checkpoints":{[^}]*"folder":"\([^"]*\)".*/\1/' <<< "$line")
        resume=$(sed -n 's/.*"resume":"\([^"]*\)".*/\1/p' <<< "$line")
        inputs=$(grep -o '"path":"[^"]*"' <<< "$line" | sed 's/"path":"\(.*\)"/\1/')
        """#

    /// The next news of the farm of which the test can make something.
    func next<Value>(_ pick: (FarmNotice) -> Value?) async -> Value? {
        for await notice in service.notices {
            if case .farm(let news) = notice, let value = pick(news) { return value }
        }
        return nil
    }

    /// What the engines have written down, line by line.
    var log: [String] {
        let text = (try? String(contentsOf: folder.appending(path: "engine.log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Where a blob lies at the coordinator.
    func blob(_ digest: Digest) -> String {
        folder.appending(path: "state/blobs/sha256/\(digest.description.prefix(2))/\(digest)").path
    }

    /// Ends both in order.
    func end() async throws {
        worker.leave(.init(.immediate, reason: "the test is over", within: .seconds(5)))
        try await working.value
        await service.stop()
        try await serving.value
        try? FileManager.default.removeItem(at: folder)
    }
}
