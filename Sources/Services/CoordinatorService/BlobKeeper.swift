import FarmModel
import FarmStore
import FarmTransport
import Foundation
import Logging

/// Deletes blobs that nobody needs, now and then, on a thread of its own.
actor BlobKeeper {
    private let loop: SocketLoop
    private let store: FarmStore
    private let rules: KeepingRules
    private let logger: Logger

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(on loop: SocketLoop, store: FarmStore, rules: KeepingRules, logger: Logger) {
        self.loop = loop
        self.store = store
        self.rules = rules
        self.logger = logger
    }

    /// Sweeps soon after the start, then at intervals, until the task is cancelled.
    func run() async {
        var pause = Limits.firstSweep
        while (try? await Task.sleep(for: pause)) != nil {
            sweep()
            pause = Limits.sweepInterval
        }
    }

    private func sweep() {
        do {
            let wall = WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            let report = try store.sweep(at: wall, rules: rules, while: { !Task.isCancelled })
            if report.deleted + report.evicted > 0 {
                logger.info(
                    "swept",
                    metadata: [
                        "deleted": "\(report.deleted)", "octets": "\(report.deletedBytes)",
                        "evicted": "\(report.evicted)", "kept": "\(report.kept)",
                    ])
            }
            let space = try store.blobs.space()
            if space.isLow {
                logger.error(
                    "the disk is nearly full: no job and no file is taken until some space is free",
                    metadata: ["free": "\(space.freeBytes)", "reserve": "\(space.reserveBytes)"])
            }
        } catch {
            logger.error("cannot sweep", metadata: ["error": "\(error)"])
        }
    }
}
