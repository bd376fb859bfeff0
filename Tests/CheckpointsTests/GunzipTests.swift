import CZlib
import Checkpoints
import Testing

@Suite("Gunzip")
struct GunzipTests {
    /// Packs with zlib itself.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1000))
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                deflate(&stream, Z_FINISH)
            }
        }
        return Array(output[..<Int(stream.total_out)])
    }

    static func unpack(_ bytes: [UInt8], limit: Int = 1 << 20) throws(GunzipError) -> [UInt8] {
        let result: Result<[UInt8], GunzipError> = bytes.withUnsafeBytes { bytes in
            do throws(GunzipError) { return .success(try gunzip(bytes, limit: limit)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    @Test("What was packed comes back", arguments: [0, 1, 1000, 300_000])
    func roundTrip(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        #expect(try Self.unpack(Self.gzip(bytes)) == bytes)
    }

    @Test("Two members follow one another")
    func members() throws {
        #expect(try Self.unpack(Self.gzip([1, 2]) + Self.gzip([3])) == [1, 2, 3])
    }

    @Test("Output beyond the limit is refused while it is still small")
    func bomb() {
        let packed = Self.gzip([UInt8](repeating: 0, count: 4_000_000))
        #expect(packed.count < 10_000)
        #expect(throws: GunzipError.self) { try Self.unpack(packed, limit: 100_000) }
    }

    @Test("Cut or damaged data is refused")
    func damaged() {
        let packed = Self.gzip(Array("a vocabulary of many words, and one more".utf8))
        for length in 0..<packed.count {
            #expect(throws: GunzipError.self, "\(length) bytes") { try Self.unpack(Array(packed[..<length])) }
        }
        var changed = packed
        changed[packed.count - 6] ^= 1
        #expect(throws: GunzipError.self, "a wrong checksum") { try Self.unpack(changed) }
        #expect(throws: GunzipError.self, "rubbish behind") { try Self.unpack(packed + [1, 2, 3]) }
    }

    @Test("A plain file is read as it is, up to the limit")
    func plain() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("merges.txt", Array("abc".utf8))
        #expect(try readUnpacked(path) == Array("abc".utf8))
        #expect(throws: CheckpointError.self) { try readUnpacked(path, limit: 2) }
    }
}
