import CZeroMQ

/// A CURVE public key: the name by which a peer is known, 40 characters of Z85 (RFC 32) for 32 octets.
public struct PublicKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Z85 text.
    public let text: String

    /// Reads Z85; nil if it is not 40 characters that stand for 32 octets.
    public init?(_ text: String) {
        guard Z85.decode(text)?.count == 32 else { return nil }
        self.text = text
    }

    /// Takes 32 octets; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        text = Z85.encode(bytes)
    }

    /// The 32 octets.
    public var bytes: [UInt8] { Z85.decode(text) ?? [] }
    /// By their text.
    public static func < (a: PublicKey, b: PublicKey) -> Bool { a.text < b.text }
    /// The Z85 text.
    public var description: String { text }
}

/// A CURVE secret key.
///
/// It shows itself to nobody: not in a log, not in a dump.
public struct SecretKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Z85 text, for a socket option or a file of mode 0600 and nothing else.
    public let text: String

    /// Reads Z85; nil if it is not 40 characters that stand for 32 octets.
    public init?(_ text: String) {
        guard Z85.decode(text)?.count == 32 else { return nil }
        self.text = text
    }

    /// A word instead of the key.
    public var description: String { "(secret)" }
    /// A word instead of the key.
    public var debugDescription: String { "(secret)" }
    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Both halves of a peer's identity.
public struct CurveKeyPair: Hashable, Sendable {
    /// What others know.
    public let publicKey: PublicKey
    /// What only its owner knows.
    public let secretKey: SecretKey

    /// Puts a pair together; nil if the halves do not belong to each other.
    public init?(publicKey: PublicKey, secretKey: SecretKey) {
        var text = [CChar](repeating: 0, count: 41)
        guard zmq_curve_public(&text, secretKey.text) == 0, Z85.text(text) == publicKey.text else { return nil }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// Makes a new pair from the system's randomness.
    ///
    /// - Throws: `KeyError` if libzmq was built without CURVE.
    public static func make() throws(KeyError) -> CurveKeyPair {
        var (open, secret) = ([CChar](repeating: 0, count: 41), [CChar](repeating: 0, count: 41))
        guard zmq_has("curve") == 1, zmq_curve_keypair(&open, &secret) == 0, let publicKey = PublicKey(Z85.text(open)),
            let secretKey = SecretKey(Z85.text(secret)),
            let pair = CurveKeyPair(publicKey: publicKey, secretKey: secretKey)
        else {
            throw KeyError(
                "cannot make a key", at: "libzmq",
                hint: "it was built without CURVE; install the package of your system")
        }
        return pair
    }
}

/// Binary as text that needs no quoting in JSON (RFC 32).
enum Z85 {
    private static let alphabet = Set(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

    static func decode(_ text: String) -> [UInt8]? {
        // libzmq trusts its input further than we do.
        guard text.utf8.count == 40, text.utf8.allSatisfy(alphabet.contains) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        guard zmq_z85_decode(&bytes, text) != nil else { return nil }
        return bytes
    }

    static func encode(_ bytes: [UInt8]) -> String {
        precondition(bytes.count % 4 == 0, "\(bytes.count) octets are no multiple of 4")
        var text = [CChar](repeating: 0, count: bytes.count / 4 * 5 + 1)
        zmq_z85_encode(&text, bytes, bytes.count)
        return self.text(text)
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
