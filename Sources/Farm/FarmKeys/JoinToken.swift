import Crypto
public import FarmModel
import Foundation

/// The coordinator's memory of one join file: who holds it may admit a key, so often and until then.
public struct JoinToken: Hashable, Sendable, Codable {
    /// One admission by this token.
    public struct Use: Hashable, Sendable, Codable {
        /// The key that was admitted.
        public var key: PublicKey
        /// The newcomer's number, so that no proof serves twice.
        public var nonce: FarmModel.Digest
    }

    /// Its number: public.
    public let id: FarmModel.Digest
    /// What a newcomer proves to know; it lies in two files of mode 0600 and never travels.
    public let secret: JoinSecret
    /// The last second it is good for, since 1970.
    public let expires: Int64
    /// Nodes that may join.
    public let uses: Int
    /// The group of nodes it is for.
    public let pool: String?
    /// Who has joined.
    public internal(set) var used: [Use] = []

    /// Makes a token with a number and a secret of the system's randomness.
    public init(expires: Int64, uses: Int, pool: String?) {
        id = .random()
        secret = JoinSecret()
        self.expires = expires
        self.uses = uses
        self.pool = pool
    }
}

/// 32 secret octets; shows itself to nobody.
public struct JoinSecret: Hashable, Sendable, Codable, CustomStringConvertible, CustomReflectable {
    private let digest: FarmModel.Digest

    init() { digest = .random() }

    /// A word instead of the secret.
    public var description: String { "(secret)" }
    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws { digest = try FarmModel.Digest(from: decoder) }
    /// Writes 64 hexadecimal digits, into a file of mode 0600.
    public func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }

    /// What a newcomer sends: HMAC-SHA-256 over a label, the coordinator's key, the newcomer's key, a number used once
    /// and the name that it asks for.
    ///
    /// The coordinator's key is in it, so that a proof made for an impostor is worth nothing at the real one.
    public func proof(server: PublicKey, key: PublicKey, nonce: FarmModel.Digest, name: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: JoinSecret.text(server, key, nonce, name), using: material))
    }

    /// Whether a proof is right, in constant time.
    public func accepts(_ proof: [UInt8], server: PublicKey, key: PublicKey, nonce: FarmModel.Digest, name: String)
        -> Bool
    {
        HMAC<SHA256>.isValidAuthenticationCode(
            proof, authenticating: JoinSecret.text(server, key, nonce, name), using: material)
    }

    private var material: SymmetricKey { SymmetricKey(data: digest.bytes) }

    private static func text(_ server: PublicKey, _ key: PublicKey, _ nonce: FarmModel.Digest, _ name: String)
        -> [UInt8]
    {
        var text = Array("atelier enrol 1\0".utf8)
        for part in [server.bytes, key.bytes, nonce.bytes] { text += part }
        return text + Array(name.utf8)
    }
}
