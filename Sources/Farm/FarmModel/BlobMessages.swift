/// The blob dialogue, in either direction.
///
/// A transfer number is chosen by who starts it.
public enum BlobMessage: Hashable, Sendable {
    /// Offers a blob.
    case put(transfer: UInt64, digest: Digest, size: Int64)
    /// It is there already: send nothing.
    case have(transfer: UInt64)
    /// Send from `offset`, up to `credit` octets counted from the blob's start.
    case go(transfer: UInt64, offset: Int64, credit: Int64)
    /// Raw bytes at an offset; consecutive.
    case chunk(transfer: UInt64, offset: Int64, bytes: Octets)
    /// Octets that may have been sent in all since the blob's start; absolute, so repetition is harmless.
    case credit(transfer: UInt64, total: Int64)
    /// Stored and verified.
    case putOK(transfer: UInt64)
    /// Asks for a blob from an offset, with a first credit.
    case get(transfer: UInt64, digest: Digest, offset: Int64, credit: Int64)
    /// All octets were sent; the size of the whole.
    case getEnd(transfer: UInt64, size: Int64)
    /// The transfer ends here; `have` says from where it could go on.
    case abort(transfer: UInt64, reason: AbortReason, have: Int64)
}

/// Why a transfer ended early.
public enum AbortReason: String, Hashable, Sendable, CaseIterable {
    /// A chunk did not follow the last one.
    case gap
    /// The content is not what its name says.
    case digest
    /// More was sent than allowed.
    case credit
    /// No such blob.
    case unknown
    /// Over a quota or the limit of size.
    case quota
    /// The disk failed or is full.
    case storage
}
