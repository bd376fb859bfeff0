import FarmModel
import Glibc

/// How an engine process ended while it had a task; each costs the attempt and is named as what it is.
enum EngineEnd: Equatable, Sendable {
    /// It ended by itself.
    case exited(Int32)
    /// A signal of its own making ended it.
    case crashed(Int32)
    /// The kernel killed it for lack of memory; the most it was seen to have, in octets.
    case outOfMemory(peakBytes: Int64?)
    /// Somebody killed it.
    case killed
    /// It was killed because nothing was heard of it for so long.
    case hung(seconds: Int, iteration: UInt32)
    /// It could not be started, or its pipes broke.
    case unusable(String)

    /// One line for people.
    var description: String {
        switch self {
        case .exited(let code): "the engine exited with code \(code)"
        case .crashed(let signal): "the engine crashed with \(EngineEnd.name(ofSignal: signal))"
        case .outOfMemory(let peak):
            "the engine was killed for lack of memory"
                + (peak.map { " when it had at least \($0 >> 20) MiB" } ?? "")
                + "; give the node more, or the task a smaller size or fewer cutouts at once (cutout_batch)"
        case .killed: "the engine was killed with SIGKILL (signal 9), not for lack of memory as far as can be seen"
        case .hung(let seconds, let iteration):
            "the engine hung: nothing was heard of it for \(seconds) s at iteration \(iteration)"
        case .unusable(let reason): "the engine could not be run: \(reason)"
        }
    }

    /// As in `SIGSEGV (signal 11)`.
    static func name(ofSignal signal: Int32) -> String {
        let names = [
            SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGILL: "SIGILL", SIGSEGV: "SIGSEGV",
            SIGTRAP: "SIGTRAP", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP", SIGSYS: "SIGSYS",
            SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGQUIT: "SIGQUIT",
        ]
        return names[signal].map { "\($0) (signal \(signal))" } ?? "signal \(signal)"
    }

    /// What the attempt failed of.
    var failure: Failure { Failure(.infrastructure, description, cause: cause) }

    private var cause: Failure.Cause? {
        switch self {
        case .exited(let code): .exited(status: code)
        case .crashed(let signal): .crashed(signal: signal)
        case .outOfMemory: .outOfMemory
        case .killed: .crashed(signal: SIGKILL)
        case .hung: .hung
        case .unusable: nil
        }
    }
}
