/// A place in a file's bytes; every read is checked against their end and gives nil beyond it.
struct ByteCursor {
    /// All bytes, not only those that are left.
    let bytes: UnsafeRawBufferPointer
    /// Where the next read begins; never beyond the end.
    private(set) var offset: Int

    /// Begins at an offset; nil beyond the end.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        guard offset >= 0, offset <= bytes.count else { return nil }
        self.bytes = bytes
        self.offset = offset
    }

    /// Number of bytes from here to the end.
    var remaining: Int { bytes.count - offset }

    /// The next byte.
    mutating func byte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// The next bytes as a little-endian number.
    mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard size <= remaining else { return nil }
        defer { offset += size }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// A little-endian number of at most 64 bits as `Int`; nil where it does not fit one.
    mutating func count<Number: FixedWidthInteger>(_ type: Number.Type) -> Int? {
        guard let number = integer(type) else { return nil }
        return Int(exactly: number)
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= remaining else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// The bytes before the next line feed, which is passed over; nil where none follows within `limit` bytes.
    mutating func line(limit: Int) -> UnsafeRawBufferPointer? {
        let window = bytes[offset..<offset + min(limit + 1, remaining)]
        guard let end = window.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { offset = end + 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
    }
}
