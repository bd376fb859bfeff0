import FarmModel
import FarmStore
import Foundation
import Glibc

/// Where engines drop checkpoints: a folder for each attempt, gone with the attempt.
///
/// What a crash left behind is deleted at start: nothing in here outlives its attempt. A file goes as soon as the
/// coordinator has it, so there are a few of each attempt at most.
struct Scratch: Sendable {
    let folder: String

    /// Takes a folder, empties it, and makes it if need be; throws what the system says.
    init(folder: String) throws {
        self.folder = folder
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Makes the empty folder of an attempt; throws what the system says.
    func prepare(_ attempt: TaskAttempt) throws -> String {
        let path = path(of: attempt)
        remove(attempt)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Where a checkpoint lies.
    func path(of checkpoint: Checkpoint, _ attempt: TaskAttempt) -> String {
        "\(path(of: attempt))/checkpoint-\(checkpoint.iteration)"
    }

    /// Deletes a checkpoint; there may be none.
    func remove(_ checkpoint: Checkpoint, _ attempt: TaskAttempt) { unlink(path(of: checkpoint, attempt)) }

    /// Deletes all that is left of an attempt.
    func remove(_ attempt: TaskAttempt) { try? FileManager.default.removeItem(atPath: path(of: attempt)) }

    /// Why the disk does not take files; nil if it does.
    ///
    /// Writes, makes durable, reads and deletes a small file; blocks on the disk.
    func check() -> String? {
        let path = "\(folder)/.check"
        let bytes = [UInt8](repeating: 0x5A, count: 64 * 1024)
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.synchronize()
            try file.close()
            let isSame = try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes)
            try FileManager.default.removeItem(atPath: path)
            return isSame ? nil : "what was written to \(path) is not what is read"
        } catch {
            return "\(folder) takes no files: \(error)"
        }
    }

    private func path(of attempt: TaskAttempt) -> String {
        "\(folder)/\(attempt.task.job.number)-\(attempt.task.index)-\(attempt.attempt)"
    }
}
