import Foundation
import Glibc

/// A program started by this one: its standard output and error go to files, nothing else is inherited.
final class ChildProcess {
    /// How a process ended.
    enum Ending: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    let identifier: pid_t
    let started = ContinuousClock.now
    private var end: Ending?

    init(_ program: String, _ arguments: [String], output: String, errors: String, adding variables: [String: String])
        throws
    {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        // A group of its own: a Ctrl-C is for this program, which then ends the others.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)

        let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }.map { "\($0)=\($1)" }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let settings = environment.map { strdup($0) } + [nil]
        defer { for text in words + settings { free(text) } }
        var identifier: pid_t = 0
        let failure = posix_spawn(&identifier, program, &actions, &attributes, words, settings)
        guard failure == 0 else {
            throw NotStarted(description: "cannot start \(program): \(String(cString: strerror(failure)))")
        }
        self.identifier = identifier
    }

    /// How it ended; nil while it lives.
    func ending() -> Ending? {
        if end != nil { return end }
        var status: Int32 = 0
        guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        let signal = status & 0x7f
        end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
        return end
    }

    var isRunning: Bool { ending() == nil }

    /// Sends a signal if it lives; its number is not given to another process before `ending()` has been asked.
    func signal(_ number: Int32) {
        if isRunning { kill(identifier, number) }
    }

    /// Waits for the end; false if the time is over first.
    func waitForEnd(seconds: Double) async -> Bool {
        let limit = ContinuousClock.now + .seconds(seconds)
        while isRunning {
            guard ContinuousClock.now < limit else { return false }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}
