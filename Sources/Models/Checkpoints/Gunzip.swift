import CZlib

/// Reads a file, unpacking it if it is a gzip file.
///
/// - Parameters:
///   - path: a gzip file or a plain one.
///   - limit: most bytes of the result; a small file can unpack to a very large one.
/// - Returns: the file's bytes, unpacked.
/// - Throws: `CheckpointError` where the file is damaged, cut short or beyond the limit.
public func readUnpacked(_ path: String, limit: Int? = nil) throws(CheckpointError) -> [UInt8] {
    let file = try MappedFile(path: path)
    let limit = limit ?? Limits.inflatedBytes
    do throws(GunzipError) {
        if file.bytes.starts(with: [0x1F, 0x8B]) { return try gunzip(file.bytes, limit: limit) }
    } catch {
        throw CheckpointError(
            path: path, message: "cannot be unpacked: \(error.message)",
            hint: "fetch it again and compare its checksum")
    }
    guard file.bytes.count <= limit else {
        throw CheckpointError(path: path, message: "has \(file.bytes.count) bytes, more than \(limit)")
    }
    return Array(file.bytes)
}

/// Why gzip data was refused.
public struct GunzipError: Error, Equatable {
    /// What is wrong, in a few words.
    public let message: String
}

/// Unpacks gzip data (RFC 1952), checking its checksum.
///
/// - Parameters:
///   - packed: one gzip member or several, one after the other.
///   - limit: most bytes of the result.
/// - Returns: what was packed.
/// - Throws: `GunzipError` for damaged data, and for more than `limit` bytes of it.
public func gunzip(_ packed: UnsafeRawBufferPointer, limit: Int) throws(GunzipError) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, and 16 more: a gzip header is expected.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw GunzipError(message: "zlib could not start")
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var consumed = 0
    while true {
        let offered = min(packed.count - consumed, 1 << 30)
        let status = chunk.withUnsafeMutableBufferPointer { chunk in
            // zlib does not write to its input; the pointer's type is older than const.
            stream.next_in = UnsafeMutablePointer(
                mutating: packed.baseAddress?.advanced(by: consumed).assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(offered)
            stream.next_out = chunk.baseAddress
            stream.avail_out = UInt32(chunk.count)
            return inflate(&stream, Z_NO_FLUSH)
        }
        consumed += offered - Int(stream.avail_in)
        result.append(contentsOf: chunk[..<(chunk.count - Int(stream.avail_out))])
        guard result.count <= limit else { throw GunzipError(message: "it unpacks to more than \(limit) bytes") }
        switch status {
        case Z_STREAM_END:
            if consumed == packed.count { return result }
            guard inflateReset(&stream) == Z_OK else { throw GunzipError(message: "zlib could not go on") }
        case Z_OK:
            continue
        case Z_BUF_ERROR:
            throw GunzipError(message: "it is cut short")
        default:
            throw GunzipError(message: stream.msg.map { String(cString: $0) } ?? "its data is damaged")
        }
    }
}
