import FarmStore
import FarmTransport
import Logging

/// Whether the disk of the blobs is nearly full, as it was at the last look.
struct DiskRoom: Sendable {
    private(set) var isLow = false

    /// Looks again, and says so when it has changed: early enough for what was granted already.
    mutating func look(at blobs: BlobStore, _ logger: Logger) {
        guard let space = try? blobs.space() else { return }
        let margin = min(space.reserveBytes, TransportLimits.receiveBudget)
        let wasLow = isLow
        isLow = space.freeBytes - margin < space.reserveBytes
        if isLow, !wasLow {
            logger.error("the disk is nearly full: files wait", metadata: ["free": "\(space.freeBytes)"])
        } else if wasLow, !isLow {
            logger.notice("the disk has room again: files come in")
        }
    }
}
