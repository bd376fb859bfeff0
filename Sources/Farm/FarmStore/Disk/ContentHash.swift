import Crypto
import Foundation

import struct FarmModel.Digest

/// A SHA-256 that grows with the bytes it is given.
struct ContentHash: Sendable {
    private var state = SHA256()

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }

    /// The digest of all bytes so far; more may follow.
    var digest: FarmModel.Digest {
        guard let digest = FarmModel.Digest(Array(state.finalize())) else {
            preconditionFailure("SHA-256 of other than \(FarmModel.Digest.byteCount) octets")
        }
        return digest
    }
}
