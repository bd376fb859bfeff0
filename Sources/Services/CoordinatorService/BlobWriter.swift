import FarmModel
import FarmStore
import FarmTransport
import Logging

/// Writes what comes in to its files, and compares whole ones with their names, on a thread of its own: meanwhile the
/// port goes on receiving.
///
/// Orders are carried out one after another, as they were given. What waits here was granted as credit and is given
/// back only when it is written, so the budget of credit bounds this queue as well.
actor BlobWriter {
    /// A transfer that comes in, and the upload that it writes to.
    struct Upload: Hashable, Sendable {
        /// Tells it from earlier transfers of the same name.
        let number: UInt64
        let digest: Digest
        /// Who brings it, by 32 octets; nil if nobody is known.
        let owner: Digest?
    }

    /// What is to be done.
    enum Order: Sendable {
        /// Octets that follow each other, in the pieces in which they came.
        case write(Upload, offset: Int64, pieces: [Octets])
        /// Compare it with its name and give it that.
        case finish(Upload, size: Int64)
        /// Its sender has left: keep the octets, but no open file. Nothing is reported.
        case suspend(Upload)
    }

    /// What came of an order.
    enum Outcome: Sendable {
        case written(upTo: Int64)
        case finished(isSound: Bool)
        /// The disk did not take it.
        case failed
    }

    private let loop: SocketLoop
    private let blobs: BlobStore
    private let logger: Logger
    private let report: @Sendable (Upload, Outcome, Int) -> Void

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// `report` is told what came of each order, and how many octets waited with it.
    init(
        on loop: SocketLoop, blobs: BlobStore, logger: Logger,
        report: @escaping @Sendable (Upload, Outcome, Int) -> Void
    ) {
        self.loop = loop
        self.blobs = blobs
        self.logger = logger
        self.report = report
    }

    /// Has something done soon, and before the thread ends; what is ordered later is left undone.
    nonisolated func order(_ order: Order) {
        // An actor's task would come to its thread by way of another one each time that it had nothing to do.
        loop.perform { self.assumeIsolated { $0.carryOut(order) } }
    }

    private func carryOut(_ order: Order) {
        switch order {
        case .write(let upload, let offset, let pieces):
            let count = pieces.reduce(0) { $0 + $1.count }
            report(upload, write(upload, offset, pieces, count), count)
        case .finish(let upload, let size): report(upload, finish(upload, size), 0)
        case .suspend(let upload): blobs.suspendUpload(upload.digest, by: upload.owner)
        }
    }

    private func write(_ upload: Upload, _ offset: Int64, _ pieces: [Octets], _ count: Int) -> Outcome {
        do {
            try blobs.append(upload.digest, by: upload.owner, offset: offset, pieces: pieces)
            return .written(upTo: offset + Int64(count))
        } catch {
            logger.error("cannot store a blob", metadata: ["error": "\(error)"])
            return .failed
        }
    }

    private func finish(_ upload: Upload, _ size: Int64) -> Outcome {
        do {
            try blobs.finish(upload.digest, by: upload.owner, size: size)
            return .finished(isSound: true)
        } catch let error as StoreError where error.reason == .digestMismatch {
            logger.warning("a blob is not what its name says", metadata: ["digest": "\(upload.digest)"])
            return .finished(isSound: false)
        } catch {
            logger.error("cannot store a blob", metadata: ["error": "\(error)"])
            return .failed
        }
    }
}
