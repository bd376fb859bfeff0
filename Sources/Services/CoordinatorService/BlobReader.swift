import FarmModel
import FarmStore
import FarmTransport
import Logging

/// Reads what goes out, on a thread of its own: a disk that takes its time holds up neither what comes in nor what is in
/// memory already.
actor BlobReader {
    /// Octets of a blob that a transfer is to send next.
    struct Order: Hashable, Sendable {
        let key: BlobSenders<Route>.Key
        let digest: Digest
        let offset: Int64
        let count: Int
        /// Whether nobody has fetched that blob before.
        let isFirst: Bool
    }

    private let loop: SocketLoop
    private let blobs: BlobStore
    private let logger: Logger
    private let report: @Sendable (Order, [UInt8]?) -> Void
    private let scratch = ReadScratch()

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `report` is given the octets of each order; none, not even an empty array, if they could not be read.
    init(
        on loop: SocketLoop, blobs: BlobStore, logger: Logger, report: @escaping @Sendable (Order, [UInt8]?) -> Void
    ) {
        self.loop = loop
        self.blobs = blobs
        self.logger = logger
        self.report = report
    }

    /// Has something read soon; what is ordered after the thread's end is left undone.
    nonisolated func order(_ order: Order) {
        loop.perform { self.assumeIsolated { $0.report(order, $0.read(order)) } }
    }

    private func read(_ order: Order) -> [UInt8]? {
        do {
            // The page cache is for what is fetched again: a model, and not the picture that only its owner wants.
            return order.isFirst
                ? try blobs.readOnce(order.digest, offset: order.offset, count: order.count, by: scratch)
                : try blobs.read(order.digest, offset: order.offset, count: order.count)
        } catch {
            logger.error("cannot read a blob", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
