import Foundation
import Glibc

/// A place in the farm where a daemon runs, is killed, and is started again.
final class Node {
    enum Role { case coordinator, worker }

    let role: Role
    /// Lasting name; a worker's may change with a new identity.
    var name: String
    /// Folder of its state.
    let folder: String
    /// Arguments of the program.
    var arguments: () -> [String] = { [] }
    private(set) var process: ChildProcess?
    private(set) var starts = 0
    /// When it is started again; nil while it runs, or for good.
    var startAt: ContinuousClock.Instant?
    /// When it goes on after a SIGSTOP.
    var continueAt: ContinuousClock.Instant?
    /// The place of its code where the next start is to be killed.
    var nextFailPoint: String?
    /// The place where this start is to be killed, and when it is killed at the latest.
    private(set) var armed: (point: String, until: ContinuousClock.Instant)?
    /// Whether an end in order is nothing to wonder about.
    var mayLeave = false
    /// Whether it does not come back before the farm is healed.
    var isRetired = false
    /// Whether the next end was asked for.
    var isKilled = false

    init(_ role: Role, name: String, folder: String) {
        self.role = role
        self.name = name
        self.folder = folder
    }

    var isRunning: Bool { process?.isRunning ?? false }
    var isStopped: Bool { continueAt != nil }

    func start(_ program: String, logs: String, run: String) throws {
        starts += 1
        startAt = nil
        isKilled = false
        mayLeave = false
        armed = nil
        var variables = [ProcessTable.mark: run]
        if let point = nextFailPoint {
            variables["ATELIER_FAILPOINT"] = point
            armed = (point, .now + .seconds(Limits.failPointSeconds))
            nextFailPoint = nil
        }
        process = try ChildProcess(
            program, arguments(), output: "\(logs)/\(name).out", errors: "\(logs)/\(name).log", adding: variables)
    }

    /// SIGKILL; it comes back after a pause.
    func kill(backAfter pause: Duration) {
        isKilled = true
        continueAt = nil
        process?.signal(SIGKILL)
        startAt = .now + pause
    }

    /// SIGTERM; it comes back when it has left.
    func terminate() {
        mayLeave = true
        process?.signal(SIGTERM)
    }

    func stop(for duration: Duration) {
        process?.signal(SIGSTOP)
        continueAt = .now + duration
    }

    func goOn() {
        continueAt = nil
        process?.signal(SIGCONT)
    }

    /// The end of a process that has ended, once.
    func takeEnding() -> ChildProcess.Ending? {
        guard let ending = process?.ending() else { return nil }
        process = nil
        continueAt = nil
        return ending
    }
}
