/// What a newcomer says on the enrol port.
public struct EnrolMessage: Hashable, Sendable {
    /// Number of the join file.
    public var token: Digest
    /// The newcomer's public key: 32 octets.
    public var key: [UInt8]
    /// The name it would like.
    public var name: WorkerID
    /// Used once.
    public var nonce: Digest
    /// That it knows the secret of the join file: 32 octets.
    public var proof: [UInt8]

    /// Makes a request.
    public init(token: Digest, key: [UInt8], name: WorkerID, nonce: Digest, proof: [UInt8]) {
        self.token = token
        self.key = key
        self.name = name
        self.nonce = nonce
        self.proof = proof
    }
}

/// What the coordinator answers to a newcomer.
public enum EnrolReply: Hashable, Sendable {
    /// Its key is admitted under this name; the pool may be empty.
    case enrolled(name: WorkerID, pool: String)
    /// It is not, and what to do.
    case refused(String)
}
