import FarmModel

/// How many octets all blobs have: counted at the start and by every sweep, and kept up to date between.
struct BlobUsage: Sendable {
    private(set) var octets: Int64 = 0
    /// While blobs are counted: those that came meanwhile and have not been met.
    private var arrivals: [Digest: Int64]?

    /// A blob was stored.
    mutating func add(_ digest: Digest, _ size: Int64) {
        octets += size
        arrivals?[digest] = size
    }

    /// Octets of a blob that is gone.
    mutating func subtract(_ size: Int64) { octets = max(0, octets - size) }

    /// A count begins.
    mutating func beginCount() { arrivals = [:] }

    /// Blobs were met in the count.
    mutating func met(_ digests: some Sequence<Digest>) { for digest in digests { arrivals?[digest] = nil } }

    /// The count ends: so many octets were met; nil if it was given up.
    mutating func endCount(_ counted: Int64?) {
        if let counted { octets = counted + (arrivals ?? [:]).values.reduce(0, +) }
        arrivals = nil
    }
}
