/// A SHA-256 digest; the name of a blob.
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 32 octets.
    public let bytes: [UInt8]

    /// Number of octets.
    public static let byteCount = 32

    /// Makes a digest; nil unless there are 32 octets.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Digest.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits; nil if they are not.
    public init?(hex: some StringProtocol) {
        let digits = hex.utf8.map { byte -> UInt8? in
            switch byte {
            case 48...57: byte - 48
            case 97...102: byte - 87
            case 65...70: byte - 55
            default: nil
            }
        }
        guard digits.count == 2 * Digest.byteCount, !digits.contains(nil) else { return nil }
        let nibbles = digits.compactMap { $0 }
        bytes = (0..<Digest.byteCount).map { nibbles[2 * $0] << 4 | nibbles[2 * $0 + 1] }
    }

    /// Byte by byte.
    public static func < (a: Digest, b: Digest) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let alphabet = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }, as: UTF8.self)
    }
}
