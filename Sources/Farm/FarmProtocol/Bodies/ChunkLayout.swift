import FarmModel

/// The body of CHUNK, the one that is not protobuf: transfer (8 octets), offset (8), length (4), the data.
enum ChunkLayout {
    static func encode(transfer: UInt64, offset: Int64, _ data: [UInt8]) throws -> [UInt8] {
        try check(offset: offset, length: data.count)
        var body: [UInt8] = []
        body.reserveCapacity(WireLimits.chunkHeaderBytes + data.count)
        body.appendBigEndian(transfer, octets: 8)
        body.appendBigEndian(UInt64(offset), octets: 8)
        body.appendBigEndian(UInt64(data.count), octets: 4)
        body += data
        return body
    }

    static func decode(_ body: ArraySlice<UInt8>) throws -> BlobMessage {
        guard body.count >= WireLimits.chunkHeaderBytes else {
            throw Malformed(
                "\(body.count) octets are less than a chunk's \(WireLimits.chunkHeaderBytes) before its data")
        }
        let offset = try Checked.amount(body.bigEndian(at: 8, octets: 8), atMost: Limits.blobBytes, "offset")
        let length = Int(body.bigEndian(at: 16, octets: 4))
        let data = body.dropFirst(WireLimits.chunkHeaderBytes)
        guard data.count == length else {
            throw Malformed("length says \(length) octets, but \(data.count) follow")
        }
        try check(offset: offset, length: length)
        return .chunk(transfer: body.bigEndian(at: 0, octets: 8), offset: offset, bytes: Array(data))
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
