import Crypto
import FarmModel

extension FarmModel.Digest {
    /// The SHA-256 of some octets.
    init(of bytes: [UInt8]) {
        guard let digest = FarmModel.Digest(Array(SHA256.hash(data: bytes))) else {
            preconditionFailure("a SHA-256 has 32 octets")
        }
        self = digest
    }
}
