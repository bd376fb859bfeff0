import FarmModel
import FarmProtocol
import FarmTransport

/// What goes out: chunks of all transfers in turn, read by another thread.
extension BlobPort {
    /// Lets what goes out have a turn after what has come in so far.
    func bringTurn() {
        guard !isTurnComing else { return }
        isTurnComing = true
        mailbox.append(.turn(isRetry: false))
    }

    /// Sends some chunks, of each transfer in turn.
    func takeTurn(isRetry: Bool) {
        if isRetry {
            isRetryComing = false
            senders.resume()
        } else {
            isTurnComing = false
        }
        for _ in 0..<TransportLimits.chunksPerTurn {
            // What is said between two chunks costs next to nothing.
            var isChunk = false
            while !isChunk {
                guard let step = senders.next() else { return waitForPeers() }
                switch step.effect {
                case .read(let offset, let count):
                    guard let digest = senders[step.key]?.digest else { continue }
                    reads.add(
                        BlobReader.Order(
                            key: step.key, digest: digest, offset: offset, count: count,
                            isFirst: firstFetches[digest] == step.key))
                    readMore()
                case .end(let outcome):
                    quiet[step.key] = nil
                    reads.drop(step.key)
                    complaints.ends(step.key, isWhole: outcome == .complete)
                case .write, .verify: preconditionFailure("a sender neither writes nor verifies")
                case .send(let message):
                    if case .chunk = message { isChunk = true }
                    switch send(message, to: step.key.peer) {
                    case .busy: senders.postpone(step)
                    case .unreachable: perform(drop(step.key.peer))
                    // He may complain of it before the transfer has its next turn.
                    case .sent, .queued: if case .getEnd = message { complaints.ends(step.key, isWhole: true) }
                    case .refused, .closed: break
                    }
                }
            }
        }
        waitForPeers()
        // Through the mailbox: what comes in, credit above all, has its turn before.
        bringTurn()
    }

    /// Peers that take nothing at the moment are tried again after a while.
    private func waitForPeers() {
        guard senders.isHeldUp, !isRetryComing else { return }
        isRetryComing = true
        Task { [mailbox] in
            try? await Task.sleep(for: Limits.busyPause)
            mailbox.append(.turn(isRetry: true))
        }
    }

    /// Remembers who was the first to fetch a blob, if it is not too much to remember: then all are the first again.
    func noteFetch(_ digest: Digest, _ key: Key) {
        guard firstFetches[digest] == nil else { return }
        if firstFetches.count >= Limits.firstFetches { firstFetches = [:] }
        firstFetches[digest] = key
    }

    private func readMore() {
        if let order = reads.next() { reader.order(order) }
    }

    /// Octets were read, or could not be.
    func heard(of order: BlobReader.Order, _ bytes: [UInt8]?) {
        let isWanted = reads.finish(order)
        readMore()
        guard isWanted else { return }
        note(order.key)
        if let bytes { senders.read(order.key, bytes) } else { senders.failed(order.key) }
        bringTurn()
    }
}
