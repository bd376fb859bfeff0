import Crypto
import FarmModel

import struct FarmModel.Digest

/// The octets of a blob that is never in memory as a whole: a pattern repeated, with a number at the front.
struct BlobContent: Sendable {
    /// Octets of the whole.
    let size: Int64
    private let pattern: [UInt8]
    /// The pattern in whole chunks, which are handed out as they are: making octets is not what is measured.
    private let chunks: [[UInt8]]
    private let stamp: [UInt8]

    /// Equal stamps and sizes make equal blobs.
    init(_ pattern: [UInt8], size: Int64, stamp: UInt64) {
        self.pattern = pattern
        chunks = stride(from: 0, through: pattern.count - Limits.chunkBytes, by: Limits.chunkBytes)
            .map { Array(pattern[$0..<$0 + Limits.chunkBytes]) }
        self.size = size
        self.stamp = (0..<8).map { UInt8(truncatingIfNeeded: stamp >> (8 * $0)) }
    }

    /// Octets that do not compress.
    static func pattern() -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<BenchLimits.patternBytes).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    /// So many octets from an offset on; none beyond the end.
    func read(at offset: Int64, count: Int) -> [UInt8] {
        let count = Int(min(Int64(count), size - offset))
        let place = offset % Int64(pattern.count)
        if count == Limits.chunkBytes, offset >= 8, place % Int64(count) == 0, Int(place) / count < chunks.count {
            return chunks[Int(place) / count]
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var start = Int(offset % Int64(pattern.count))
        while bytes.count < count {
            bytes += pattern[start..<min(pattern.count, start + count - bytes.count)]
            start = 0
        }
        for place in 0..<max(0, min(8, Int(size)) - Int(min(offset, 8))) where place < bytes.count {
            bytes[place] = stamp[Int(offset) + place]
        }
        return bytes
    }

    /// The name of the blob.
    var digest: Digest {
        var hash = SHA256()
        var offset: Int64 = 0
        while offset < size {
            let piece = read(at: offset, count: Limits.chunkBytes)
            hash.update(data: piece)
            offset += Int64(piece.count)
        }
        guard let digest = Digest(Array(hash.finalize())) else { preconditionFailure("SHA-256 has 32 octets") }
        return digest
    }
}
