/// The chunks of a PNG file: a strict scanner, and the making of one chunk.
///
/// A file is eight bytes of signature, then chunks of length (4 bytes, big endian), type (4 letters), data, and the
/// CRC-32 of type and data, from `IHDR` to `IEND` (PNG specification, section 5).
struct PNGChunks: Sequence {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// One chunk: its type and where its data lies in the file.
    struct Chunk: Equatable {
        let type: String
        let data: Range<Int>
    }

    let chunks: [Chunk]

    /// Finds every chunk up to `IEND` and checks lengths, order and checksums of the text chunks.
    ///
    /// Checksums of pixel data are libpng's to check.
    init(of file: [UInt8]) throws(ImageError) {
        guard file.starts(with: Self.signature) else {
            throw ImageError(.malformed, "not a PNG file: the signature is missing")
        }
        var chunks: [Chunk] = []
        var at = Self.signature.count
        while chunks.last?.type != "IEND" {
            guard chunks.count < Limits.chunks else {
                throw ImageError(.tooLarge, "more than \(Limits.chunks) chunks")
            }
            guard file.count - at >= 12 else {
                throw ImageError(.malformed, "the file ends at byte \(file.count), before its IEND chunk")
            }
            let length = Int(bigEndian(file, at))
            let letters = file[at + 4..<at + 8]
            guard letters.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
                throw ImageError(.malformed, "the chunk at byte \(at) has no valid type")
            }
            guard length <= file.count - at - 12 else {
                throw ImageError(
                    .malformed, "the chunk at byte \(at) says \(length) bytes, but the file ends at \(file.count)")
            }
            let type = String(decoding: letters, as: UTF8.self)
            if chunks.isEmpty && type != "IHDR" {
                throw ImageError(.malformed, "the first chunk is \(type), not IHDR")
            }
            let data = at + 8..<at + 8 + length
            if type == "tEXt" || type == "iTXt" {
                guard crc32(file[at + 4..<data.upperBound]) == bigEndian(file, data.upperBound) else {
                    throw ImageError(.malformed, "the \(type) chunk at byte \(at) has a wrong checksum")
                }
            }
            chunks.append(Chunk(type: type, data: data))
            at = data.upperBound + 4
        }
        self.chunks = chunks
    }

    func makeIterator() -> IndexingIterator<[Chunk]> { chunks.makeIterator() }

    /// The bytes of one chunk, with length and checksum.
    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bytes(UInt32(data.count)) + body + bytes(crc32(body[...]))
    }
}

private func bigEndian(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
}

private func bytes(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
}

/// The checksum of the PNG specification, annex D: polynomial 0xEDB88320, reflected, inverted at both ends.
func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes { crc = crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
    return ~crc
}

private let crcTable: [UInt32] = (0..<256).map { (index: UInt32) in
    (0..<8).reduce(index) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
}
