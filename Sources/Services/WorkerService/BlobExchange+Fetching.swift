import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
import Logging

/// How a fetch ended.
enum FetchOutcome: Sendable, Equatable {
    /// It is in the cache, verified.
    case stored
    /// The coordinator does not have it.
    case unknown
    /// What the coordinator has under this name is something else, and what was found.
    case damaged(String)
    /// It could not be fetched, and why.
    case failed(String)
}

/// Blobs that are wanted from the coordinator, and the transfers that bring them.
struct Fetches: Sendable {
    /// A blob that somebody waits for.
    struct Wanted: Sendable {
        var waiters: [CheckedContinuation<FetchOutcome, Never>] = []
        /// The transfer that brings it; nil while it waits for a session or for its turn.
        var transfer: UInt64?
        /// Attempts in a row that brought nothing.
        var failures = 0
        /// Octets that were here when the attempt began.
        var start: Int64 = 0
        /// Ticks before the next attempt.
        var pause = 0
        /// Ticks since something came.
        var quiet = 0
    }

    /// There is one peer.
    enum Peer: Hashable, Sendable { case coordinator }

    var wanted: [Digest: Wanted] = [:]
    var receivers = BlobReceivers<Peer>()
    /// What each transfer brings.
    var digests: [UInt64: Digest] = [:]

    /// Whether something came just now.
    var isMoving: Bool { wanted.values.contains { $0.transfer != nil && $0.quiet <= 1 } }
}

extension BlobExchange {
    private typealias Step = BlobReceivers<Fetches.Peer>.Step

    private func key(_ transfer: UInt64) -> BlobReceivers<Fetches.Peer>.Key {
        .init(peer: .coordinator, transfer: transfer)
    }

    /// Brings a blob into the cache; several may wait for one.
    func fetch(_ digest: Digest) async -> FetchOutcome {
        if cache.blobs.contains(digest) { return .stored }
        return await withCheckedContinuation { continuation in
            fetches.wanted[digest, default: .init()].waiters.append(continuation)
            Task { await self.startFetches() }
        }
    }

    /// Whether a transfer brings something here.
    func isFetch(_ transfer: UInt64) -> Bool { fetches.digests[transfer] != nil }

    /// Begins what can begin.
    func startFetches() async {
        guard session != nil else { return }
        for digest in fetches.wanted.keys.sorted() {
            guard fetches.digests.count < TransportLimits.transfersPerPeer else { return }
            guard var wanted = fetches.wanted[digest], wanted.transfer == nil, wanted.pause == 0 else { continue }
            transfers += 1
            let have = cache.blobs.partialSize(digest)
            (wanted.transfer, wanted.start, wanted.quiet) = (transfers, have, 0)
            fetches.wanted[digest] = wanted
            fetches.digests[transfers] = digest
            let receiver = BlobReceiver(asking: digest, transfer: transfers, from: have)
            await perform(fetches.receivers.begin(receiver, from: .coordinator))
        }
    }

    /// The coordinator said something about a fetch.
    func fetched(_ message: BlobMessage) async {
        if let digest = fetches.digests[message.transfer] { fetches.wanted[digest]?.quiet = 0 }
        await perform(fetches.receivers.handle(message, from: .coordinator))
    }

    /// Asks again where nothing came for long, and begins what has waited.
    func lookAfterFetches() async {
        for digest in fetches.wanted.keys.sorted() {
            guard var wanted = fetches.wanted[digest] else { continue }
            wanted.pause = max(0, wanted.pause - 1)
            wanted.quiet += 1
            fetches.wanted[digest] = wanted
            guard let transfer = wanted.transfer, wanted.quiet > Limits.fetchQuietTicks else { continue }
            await perform(fetches.receivers.failed(key(transfer), .gap))
        }
        if fetches.isMoving { tell(.arriving) }
        await startFetches()
    }

    /// The session is over: what is wanted waits for the next one.
    func suspendFetches() {
        for (transfer, digest) in fetches.digests {
            _ = fetches.receivers.failed(key(transfer), .unknown)
            cache.blobs.suspendUpload(digest)
            fetches.wanted[digest]?.transfer = nil
        }
        fetches.digests = [:]
    }

    /// Tells everybody who waits that nothing will come.
    func abandonFetches(_ reason: String) {
        suspendFetches()
        let waiters = fetches.wanted.values.flatMap(\.waiters)
        fetches.wanted = [:]
        for waiter in waiters { waiter.resume(returning: .failed(reason)) }
    }

    private func perform(_ steps: [Step]) async {
        var waiting = steps[...]
        while let step = waiting.popFirst() {
            guard let digest = fetches.digests[step.key.transfer] else { continue }
            switch step.effect {
            case .send(let message):
                if let session { await dealer.send(.blob(message), session: session) }
            case .write(let offset, let bytes): waiting += write(step.key, digest, offset, bytes)
            case .verify(_, let size): waiting += verify(step.key, digest, size)
            case .end(let outcome): end(step.key.transfer, digest, outcome)
            case .read: preconditionFailure("a receiver does not read")
            }
        }
    }

    private func write(
        _ key: BlobReceivers<Fetches.Peer>.Key, _ digest: Digest, _ offset: Int64, _ bytes: Octets
    ) -> [Step] {
        let end = offset + Int64(bytes.count)
        guard end <= cache.quota else { return fetches.receivers.failed(key, .quota) }
        do {
            do {
                try cache.blobs.append(digest, offset: offset, pieces: [bytes])
            } catch let error as StoreError where error.reason == .diskFull {
                // Older files of the cache go before a task fails.
                guard try cache.makeRoom(onVolumeFor: Int64(bytes.count)) else { throw error }
                try cache.blobs.append(digest, offset: offset, pieces: [bytes])
            }
            return fetches.receivers.written(key, upTo: end)
        } catch {
            logger.error("cannot keep a file of a task", metadata: ["error": "\(error)"])
            return fetches.receivers.failed(key, .storage)
        }
    }

    private func verify(_ key: BlobReceivers<Fetches.Peer>.Key, _ digest: Digest, _ size: Int64) -> [Step] {
        do {
            try cache.blobs.finish(digest, size: size)
            return fetches.receivers.verified(key, true)
        } catch let error as StoreError where error.reason == .digestMismatch {
            logger.warning("a blob is not what its name says", metadata: ["digest": "\(digest)"])
            return fetches.receivers.verified(key, false)
        } catch {
            logger.error("cannot keep a file of a task", metadata: ["error": "\(error)"])
            return fetches.receivers.failed(key, .storage)
        }
    }

    private func end(_ transfer: UInt64, _ digest: Digest, _ outcome: BlobOutcome) {
        fetches.digests[transfer] = nil
        guard var wanted = fetches.wanted[digest] else { return }
        switch outcome {
        case .complete, .alreadyThere: return finish(digest, .stored)
        case .aborted(.unknown, _): return finish(digest, .unknown)
        case .aborted(let reason, _):
            cache.blobs.suspendUpload(digest)
            wanted.failures = cache.blobs.partialSize(digest) > wanted.start ? 0 : wanted.failures + 1
            // Once, what was here of it may have been wrong; twice, it is what the coordinator has.
            let attempts = reason == .digest ? 2 : Limits.fetchAttempts
            // The coordinator's own bound, of transfers, is no more than a pause.
            let isTooLarge =
                reason == .quota && cache.blobs.partialSize(digest) + Int64(FarmModel.Limits.chunkBytes) > cache.quota
            guard wanted.failures < attempts, !isTooLarge else {
                switch reason {
                case .quota where isTooLarge:
                    return finish(digest, .failed("it is larger than the cache of \(cache.quota) octets"))
                case .digest:
                    return finish(digest, .damaged("what the coordinator has under this name is something else"))
                case .gap, .credit, .unknown, .storage, .quota:
                    let times = "\(wanted.failures) times in a row"
                    return finish(digest, .failed("it broke off \(times) (\(reason.rawValue))"))
                }
            }
            (wanted.transfer, wanted.pause) = (nil, Limits.blobPauseTicks)
            fetches.wanted[digest] = wanted
        }
    }

    private func finish(_ digest: Digest, _ outcome: FetchOutcome) {
        let waiters = fetches.wanted.removeValue(forKey: digest)?.waiters ?? []
        for waiter in waiters { waiter.resume(returning: outcome) }
    }
}
