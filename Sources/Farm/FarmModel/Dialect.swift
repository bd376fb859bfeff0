/// An optional part of the protocol, used in a dialogue only where both sides have it.
///
/// It travels as a word, so that a peer may name parts that the other one has never heard of.
public enum Feature: String, Hashable, Sendable, CaseIterable {
    /// Workers: CHECKPOINT and its answer, and in OFFER where to go on and how often a checkpoint is wanted.
    case checkpoints
    /// Workers: attempts come back unfinished by RETURNED, after a pause or a DRAIN with a mode.
    case returns
    /// Clients: everything that QUERY can ask but jobs by number.
    case listings
    /// Clients: what people do to a job beside cancelling and retrying it, and all that they do to workers.
    case steering

    /// What a worker can have.
    public static let ofWorkers: [Feature] = [.checkpoints, .returns]
    /// What a coordinator can do for clients.
    public static let ofClients: [Feature] = [.listings, .steering]
}

/// What a peer says that it speaks: the versions of the wire, and words for optional parts.
public struct Dialect: Hashable, Sendable {
    /// Major versions.
    public var versions: ClosedRange<UInt8>
    /// Words, known here or not; sorted, without repetitions.
    public var features: [String]

    /// Puts it together; words are sorted.
    public init(versions: ClosedRange<UInt8> = Dialect.spoken, features: [String] = []) {
        self.versions = versions
        self.features = Set(features).sorted()
    }

    /// The versions that this program speaks.
    public static let spoken: ClosedRange<UInt8> = 1...1
    /// What a peer has that says nothing: the first edition and release 0.1.0, which had no words for their parts.
    public static let silent = Dialect()
    /// What this program's workers have, and what its coordinator has for workers.
    public static let ofWorkers = Dialect(features: Feature.ofWorkers.map(\.rawValue))

    /// What two peers use: the largest version and all words that both have; nil without a common version.
    public func common(with other: Dialect) -> (version: UInt8, features: [String])? {
        guard versions.overlaps(other.versions) else { return nil }
        return (
            min(versions.upperBound, other.versions.upperBound), features.filter(Set(other.features).contains)
        )
    }
}
