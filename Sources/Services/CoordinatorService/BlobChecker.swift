import FarmModel
import FarmStore
import FarmTransport
import Logging
import Synchronization

/// Compares stored blobs with their names, one after another, on a thread of its own: a large one takes minutes.
actor BlobChecker {
    /// What a comparison came to.
    enum Verdict: Sendable {
        /// The blob is there, and is what its name says.
        case sound
        /// It is not there any more: it was damaged, or has gone.
        case lost
        /// The disk did not let us look, or the service stops.
        case unknown
    }

    private let loop: SocketLoop
    private let blobs: BlobStore
    private let logger: Logger
    private let lost: @Sendable (Digest) -> Void
    private let isStopping = Atomic(false)

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `lost` is told of every blob that was to be there and is not.
    init(on loop: SocketLoop, blobs: BlobStore, logger: Logger, lost: @escaping @Sendable (Digest) -> Void) {
        self.loop = loop
        self.blobs = blobs
        self.logger = logger
        self.lost = lost
    }

    /// Reads a blob and compares it with its name.
    func compare(_ digest: Digest) -> Verdict {
        let wasThere = blobs.contains(digest)
        do {
            if try blobs.checkSoundness(digest, while: { !isStopping.load(ordering: .relaxed) }) { return .sound }
        } catch is CancellationError {
            return .unknown
        } catch {
            logger.error("cannot check a blob", metadata: ["digest": "\(digest)", "error": "\(error)"])
            return .unknown
        }
        if wasThere {
            logger.error("a stored blob was damaged; it has to be sent anew", metadata: ["digest": "\(digest)"])
        }
        lost(digest)
        return .lost
    }

    /// Ends a comparison that is under way, and those that wait.
    nonisolated func stop() { isStopping.store(true, ordering: .relaxed) }
}
