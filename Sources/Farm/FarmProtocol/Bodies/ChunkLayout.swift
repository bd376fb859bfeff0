import FarmModel

/// The body of CHUNK, the one that is not protobuf: transfer (8 octets), offset (8), length (4), the data.
enum ChunkLayout {
    /// The octets before the data.
    static func front(transfer: UInt64, offset: Int64, length: Int) throws -> [UInt8] {
        try check(offset: offset, length: length)
        var front: [UInt8] = []
        front.reserveCapacity(WireLimits.chunkHeaderBytes)
        front.appendBigEndian(transfer, octets: 8)
        front.appendBigEndian(UInt64(offset), octets: 8)
        front.appendBigEndian(UInt64(length), octets: 4)
        return front
    }

    /// Reads one; its data stays where it lies if somebody keeps it, and is copied otherwise.
    static func decode(
        _ body: UnsafeRawBufferPointer, keptBy owner: (any AnyObject & Sendable)?
    ) throws -> BlobMessage {
        guard body.count >= WireLimits.chunkHeaderBytes else {
            throw Malformed(
                "\(body.count) octets are less than a chunk's \(WireLimits.chunkHeaderBytes) before its data")
        }
        let offset = try Checked.amount(body.bigEndian(at: 8, octets: 8), atMost: Limits.blobBytes, "offset")
        let length = Int(body.bigEndian(at: 16, octets: 4))
        let data = UnsafeRawBufferPointer(rebasing: body[WireLimits.chunkHeaderBytes...])
        guard data.count == length else {
            throw Malformed("length says \(length) octets, but \(data.count) follow")
        }
        try check(offset: offset, length: length)
        let bytes = owner.map { Octets(data, keptBy: $0) } ?? Octets(Array(data))
        return .chunk(transfer: body.bigEndian(at: 0, octets: 8), offset: offset, bytes: bytes)
    }

    private static func check(offset: Int64, length: Int) throws {
        guard (1...Limits.chunkBytes).contains(length) else {
            throw Malformed("a chunk of \(length) octets; 1 to \(Limits.chunkBytes) are allowed")
        }
        guard (0...Limits.blobBytes - Int64(length)).contains(offset) else {
            throw Malformed("the offset \(offset) is outside of a blob")
        }
    }
}
