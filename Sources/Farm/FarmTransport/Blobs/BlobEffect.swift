public import FarmModel

/// What a transfer asks of the service around it.
///
/// Effects are executed in order; writes that are not done when the transfer ends may be dropped.
public enum BlobEffect: Hashable, Sendable {
    /// Send this to the peer.
    case send(BlobMessage)
    /// Sender: read up to so many octets, then call `read(_:)` or `failed()`.
    case read(offset: Int64, count: Int)
    /// Receiver: write these octets, then call `written(upTo:)` or `failed(_:)`.
    case write(offset: Int64, bytes: Octets)
    /// Receiver: compare the digest of the whole, keep it if it matches, then call `verified(_:)`.
    case verify(Digest, size: Int64)
    /// The transfer is over.
    case end(BlobOutcome)

    /// Whether the transfer is over with it.
    var isEnd: Bool {
        switch self {
        case .end: true
        case .send, .read, .write, .verify: false
        }
    }
}

/// How a transfer ended.
public enum BlobOutcome: Hashable, Sendable {
    /// The blob is whole and verified at the receiver. A sender that answers a GET only knows that all was sent.
    case complete
    /// The peer had it already.
    case alreadyThere
    /// It failed; a new transfer can go on from `have`.
    case aborted(AbortReason, have: Int64)
}
