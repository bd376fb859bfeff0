public import OrderedCollections

/// A file that a task produced.
public struct Artifact: Hashable, Sendable {
    /// What the file is; decides the folder it is published in.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A picture, into `frames/`.
        case frame
        /// A loss curve, into `losses/`.
        case losses
        /// Anything else, into `files/`.
        case file
    }

    /// File name without a folder.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// Size in octets.
    public let byteCount: Int64
    /// Digest of the content.
    public let digest: Digest

    /// Makes a description.
    public init(name: String, kind: Kind, byteCount: Int64, digest: Digest) {
        self.name = name
        self.kind = kind
        self.byteCount = byteCount
        self.digest = digest
    }
}

/// What a worker reports of a finished attempt.
public struct TaskResult: Hashable, Sendable {
    /// Files, all of them stored as blobs before the report counts.
    public var artifacts: [Artifact]
    /// Numbers under their names, such as those of `ResultKey`.
    public var metrics: OrderedDictionary<String, Double>
    /// Words under their names, such as those of `ResultKey`.
    public var facts: OrderedDictionary<String, String>
    /// Wall time of the attempt, milliseconds.
    public var wallMilliseconds: Int64

    /// Makes a report.
    public init(
        artifacts: [Artifact], metrics: OrderedDictionary<String, Double> = [:],
        facts: OrderedDictionary<String, String> = [:], wallMilliseconds: Int64
    ) {
        self.artifacts = artifacts
        self.metrics = metrics
        self.facts = facts
        self.wallMilliseconds = wallMilliseconds
    }
}

/// How far an attempt has come; droppable.
public struct Progress: Hashable, Sendable {
    /// Iterations done.
    public var iteration: UInt32
    /// Iterations in all.
    public var iterations: UInt32
    /// The newest loss.
    public var loss: Float
    /// Iterations per second of late.
    public var rate: Float

    /// Makes a report.
    public init(iteration: UInt32, iterations: UInt32, loss: Float, rate: Float) {
        self.iteration = iteration
        self.iterations = iterations
        self.loss = loss
        self.rate = rate
    }
}
