public import FarmModel

/// What a newcomer asks with, on the enrol port.
public struct EnrolRequest: Hashable, Sendable {
    /// Which join file.
    public var token: Digest
    /// The newcomer's key; the connection must have been made with it.
    public var key: PublicKey
    /// The name it would like.
    public var name: String
    /// A number used once.
    public var nonce: Digest
    /// That it knows the secret of the join file.
    public var proof: [UInt8]

    /// Makes a request.
    public init(token: Digest, key: PublicKey, name: String, nonce: Digest, proof: [UInt8]) {
        self.token = token
        self.key = key
        self.name = name
        self.nonce = nonce
        self.proof = proof
    }

    /// Makes a request with a fresh number and its proof.
    public init(token: Digest, secret: JoinSecret, key: PublicKey, name: String, server: PublicKey) {
        let nonce = Digest.random()
        self.init(
            token: token, key: key, name: name, nonce: nonce,
            proof: secret.proof(server: server, key: key, nonce: nonce, name: name))
    }
}

/// Why a newcomer is not admitted.
public enum EnrolRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// No such join file, or a proof that is not right: which of both is not said.
    case proof
    /// The join file is too old.
    case expired
    /// As many nodes as it was made for have joined with it.
    case usedUp
    /// The number was used before.
    case replayed
    /// The key was revoked.
    case revoked
    /// No room, or no free name.
    case full

    /// What happened and what to do, for the newcomer.
    public var advice: String {
        switch self {
        case .proof: "the coordinator does not know this join file; ask for a new one (atelier join create)"
        case .expired: "the join file has expired; ask for a new one (atelier join create)"
        case .usedUp: "the join file was used as often as it may be; ask for a new one (atelier join create --uses N)"
        case .replayed: "the request was seen before; start the worker again"
        case .revoked: "the key of this node was revoked; delete its state folder and ask for a new join file"
        case .full: "the coordinator has no room for another key"
        }
    }
}

extension KeyBook {
    /// Adds a join file; expired ones are forgotten.
    ///
    /// - Throws: `KeyError` if too many are out.
    public mutating func add(_ token: JoinToken, at seconds: Int64) throws(KeyError) {
        tokens.removeAll { $0.expires < seconds }
        guard tokens.count < KeyLimits.tokens else {
            throw KeyError(
                "too many join files are out", at: "\(tokens.count)",
                hint: "wait until some expire, or give one more uses")
        }
        tokens.append(token)
    }

    /// Admits a newcomer with a proof.
    ///
    /// The same key may ask again, as it does when the answer was lost: it is the same principal and costs no use.
    public mutating func enrol(
        _ request: EnrolRequest, server: PublicKey, at seconds: Int64
    ) throws(EnrolRefusal) -> Principal {
        guard let index = tokens.firstIndex(where: { $0.id == request.token }) else { throw .proof }
        let token = tokens[index]
        // Everything else is said only to somebody who holds the file.
        let isProven = token.secret.accepts(
            request.proof, server: server, key: request.key, nonce: request.nonce, name: request.name)
        guard isProven else { throw .proof }
        if let known = principals.first(where: { $0.key == request.key }) {
            guard known.revoked == nil, known.role == .worker else { throw .revoked }
            return known
        }
        guard seconds <= token.expires else { throw .expired }
        guard !token.used.contains(where: { $0.nonce == request.nonce }) else { throw .replayed }
        guard token.used.count < token.uses else { throw .usedUp }
        guard let name = freeName(like: request.name) else { throw .full }
        do {
            try allow(name, request.key, role: .worker, at: seconds, pool: token.pool)
        } catch { throw .full }
        tokens[index].used.append(JoinToken.Use(key: request.key, nonce: request.nonce))
        guard let admitted = principals.last else { throw .full }
        return admitted
    }

    /// The name itself or the first of `name-2`, `name-3`, … that nobody has; nil if it is no name or none is free.
    public func freeName(like name: String) -> String? {
        guard WorkerID(name) != nil else { return nil }
        let taken = Set(principals.filter { $0.revoked == nil }.map(\.name))
        if !taken.contains(name) { return name }
        let stem = name.prefix(120)
        return (2...KeyLimits.namesTried).lazy.map { "\(stem)-\($0)" }.first { !taken.contains($0) }
    }
}
