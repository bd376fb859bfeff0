/// One record of a zip archive's directory, and the header before the entry's data that must agree with it.
struct ZipRecord {
    let name: String
    let method: UInt16
    /// Where the entry's own header begins.
    let headerOffset: Int
    private let flags: UInt16
    private let checksum: UInt32
    private let packedSize: Int
    private let size: Int

    /// Reads the next record of the directory.
    init(_ cursor: inout ByteCursor, directoryEnd: Int) throws(ZipArchive.Failure) {
        func failure(_ message: String) -> ZipArchive.Failure { ZipArchive.Failure(message: message) }
        let start = cursor.offset
        guard cursor.integer(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil,
            let flags = cursor.integer(UInt16.self), let method = cursor.integer(UInt16.self), cursor.take(4) != nil,
            let checksum = cursor.integer(UInt32.self), let packed = cursor.integer(UInt32.self),
            let unpacked = cursor.integer(UInt32.self), let nameLength = cursor.count(UInt16.self),
            let extraLength = cursor.count(UInt16.self), let commentLength = cursor.count(UInt16.self),
            let disk = cursor.integer(UInt16.self), cursor.take(6) != nil, let header = cursor.integer(UInt32.self),
            let nameBytes = cursor.take(nameLength), let extra = cursor.take(extraLength),
            cursor.take(commentLength) != nil, cursor.offset <= directoryEnd
        else { throw failure("its directory is damaged at byte \(start)") }
        name = try Self.name(nameBytes)
        guard flags & 0x2041 == 0 else { throw failure("entry '\(name.prefix(80))' is encrypted") }
        guard disk == 0 || disk == .max else { throw failure("it is a part of a split archive") }
        let wide = try Self.wide(
            extra, unpacked: unpacked, packed: packed, header: header, name: name)
        (self.flags, self.method, self.checksum) = (flags, method, checksum)
        (size, packedSize, headerOffset) = wide
        guard method != 0 || size == packedSize else {
            throw failure("entry '\(name.prefix(80))' is stored, but has two sizes, \(size) and \(packedSize)")
        }
    }

    /// Where the entry's data lies, once the header before it is found to agree; it must end before `limit`, where the
    /// directory begins.
    func dataRange(in bytes: UnsafeRawBufferPointer, before limit: Int) throws(ZipArchive.Failure) -> Range<Int> {
        func failure(_ message: String) -> ZipArchive.Failure {
            ZipArchive.Failure(message: "entry '\(name.prefix(80))' \(message)")
        }
        guard var cursor = ByteCursor(bytes, at: headerOffset), cursor.integer(UInt32.self) == 0x0403_4B50,
            cursor.take(2) != nil, let flags = cursor.integer(UInt16.self), let method = cursor.integer(UInt16.self),
            cursor.take(4) != nil, let checksum = cursor.integer(UInt32.self),
            let packed = cursor.integer(UInt32.self), let unpacked = cursor.integer(UInt32.self),
            let nameLength = cursor.count(UInt16.self), let extraLength = cursor.count(UInt16.self),
            let nameBytes = cursor.take(nameLength), let extra = cursor.take(extraLength)
        else { throw failure("has no header of its own") }
        guard nameBytes.elementsEqual(name.utf8) else { throw failure("has another name in its own header") }
        guard flags == self.flags, method == self.method else { throw failure("has two headers that disagree") }
        let sizes = try Self.wide(extra, unpacked: unpacked, packed: packed, header: 0, name: name)
        // Bit 3: size and checksum were not known when the header was written and follow the data instead.
        let isLate = flags & 8 != 0 && checksum == 0 && sizes.packed == 0 && sizes.unpacked == 0
        guard isLate || (checksum == self.checksum && sizes.packed == packedSize && sizes.unpacked == size) else {
            throw failure("has two headers that disagree")
        }
        guard cursor.offset <= limit, packedSize <= limit - cursor.offset else {
            throw failure("of \(packedSize) bytes reaches beyond the archive")
        }
        return cursor.offset..<cursor.offset + packedSize
    }

    /// A name that leads nowhere but into the archive.
    private static func name(_ bytes: UnsafeRawBufferPointer) throws(ZipArchive.Failure) -> String {
        guard bytes.count <= Limits.zipNameBytes, let name = String(validating: bytes, as: UTF8.self) else {
            throw ZipArchive.Failure(message: "the name of an entry is too long or not UTF-8")
        }
        var parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last == "" { parts.removeLast() }  // a folder
        let isInside = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isInside, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }) else {
            throw ZipArchive.Failure(message: "the name '\(name.prefix(80))' of an entry is not a path in the archive")
        }
        return name
    }

    /// Sizes and offset, from the 64-bit extra field where the header says so.
    private static func wide(
        _ extra: UnsafeRawBufferPointer, unpacked: UInt32, packed: UInt32, header: UInt32, name: String
    ) throws(ZipArchive.Failure) -> (unpacked: Int, packed: Int, header: Int) {
        let failure = ZipArchive.Failure(message: "entry '\(name.prefix(80))' has a damaged extra field")
        var field: ByteCursor?
        var cursor = ByteCursor(extra)
        while let remaining = cursor?.remaining, remaining > 0 {
            guard let identifier = cursor?.integer(UInt16.self), let length = cursor?.count(UInt16.self),
                let content = cursor?.take(length)
            else { throw failure }
            if identifier == 1 {
                guard field == nil else { throw failure }
                field = ByteCursor(content)
            }
        }
        func value(_ narrow: UInt32) throws(ZipArchive.Failure) -> Int {
            guard narrow == .max else { return Int(narrow) }
            guard let wide = field?.count(UInt64.self) else { throw failure }
            return wide
        }
        return (try value(unpacked), try value(packed), try value(header))
    }
}
