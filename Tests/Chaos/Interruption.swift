import Foundation
import Glibc
import Synchronization

/// Ctrl-C or SIGTERM: the run ends early and takes its processes with it.
struct Interruption: Error, CustomStringConvertible {
    private static let flag = Atomic<Bool>(false)

    let description = "interrupted; everything that was started has been ended"

    static var happened: Bool { flag.load(ordering: .relaxed) }

    /// Signals set a flag from now on.
    static func watch() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
