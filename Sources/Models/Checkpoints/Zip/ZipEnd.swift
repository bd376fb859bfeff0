/// The end of a zip archive: where its directory lies and how many entries it has.
struct ZipEnd {
    /// Number of entries.
    let count: Int
    /// Where the directory lies; its end is where the records of the archive's end begin.
    let directory: Range<Int>

    /// Finds and checks the records at the end of the file, the 64-bit ones where there are such.
    init(_ bytes: UnsafeRawBufferPointer) throws(ZipArchive.Failure) {
        func failure(_ message: String) -> ZipArchive.Failure { ZipArchive.Failure(message: message) }
        guard let start = Self.start(in: bytes), var cursor = ByteCursor(bytes, at: start + 4),
            let disk = cursor.integer(UInt16.self), let directoryDisk = cursor.integer(UInt16.self),
            let countHere = cursor.integer(UInt16.self), let count = cursor.integer(UInt16.self),
            let size = cursor.integer(UInt32.self), let offset = cursor.integer(UInt32.self)
        else { throw failure("its directory is missing; the file is cut short") }
        guard disk == 0 || disk == .max, directoryDisk == disk, countHere == count else {
            throw failure("it is a part of a split archive")
        }
        var (entries, directorySize, directoryOffset, end) = (Int(count), Int(size), Int(offset), start)
        if let wide = try Self.wide(bytes, endsAt: start) {
            guard count == .max || Int(count) == wide.count, size == .max || Int(size) == wide.size,
                offset == .max || Int(offset) == wide.offset
            else { throw failure("its two end records disagree") }
            (entries, directorySize, directoryOffset, end) = (wide.count, wide.size, wide.offset, wide.start)
        } else if disk == .max || count == .max || size == .max || offset == .max {
            throw failure("its 64-bit end record is missing")
        }
        guard entries <= Limits.zipEntries, directorySize <= Limits.zipDirectoryBytes else {
            throw failure("it counts \(entries) entries in a directory of \(directorySize) bytes")
        }
        guard directoryOffset <= end, directorySize == end - directoryOffset else {
            throw failure("its directory does not end where the end record begins")
        }
        // A record has at least 46 bytes.
        guard entries <= directorySize / 46 else { throw failure("its directory is too short for \(entries) entries") }
        self.count = entries
        directory = directoryOffset..<end
    }

    /// Where the end record begins: the last one whose comment ends with the file.
    private static func start(in bytes: UnsafeRawBufferPointer) -> Int? {
        let signature: UInt32 = 0x0605_4B50
        var start = bytes.count - 22
        let last = max(0, start - Int(UInt16.max))
        while start >= last {
            if var cursor = ByteCursor(bytes, at: start), cursor.integer(UInt32.self) == signature,
                var comment = ByteCursor(bytes, at: start + 20), let length = comment.count(UInt16.self),
                length == comment.remaining
            {
                return start
            }
            start -= 1
        }
        return nil
    }

    /// The 64-bit end record, if its locator lies before the end record.
    private static func wide(
        _ bytes: UnsafeRawBufferPointer, endsAt end: Int
    ) throws(ZipArchive.Failure) -> (count: Int, size: Int, offset: Int, start: Int)? {
        guard var locator = ByteCursor(bytes, at: end - 20), locator.integer(UInt32.self) == 0x0706_4B50 else {
            return nil
        }
        guard locator.integer(UInt32.self) == 0, let start = locator.count(UInt64.self),
            locator.integer(UInt32.self) == 1, start <= end - 20,
            var record = ByteCursor(bytes, at: start), record.integer(UInt32.self) == 0x0606_4B50,
            // The record's length counts from behind itself; it ends where its locator begins.
            let length = record.count(UInt64.self), length == end - 20 - record.offset,
            record.take(4) != nil, record.integer(UInt32.self) == 0, record.integer(UInt32.self) == 0,
            let countHere = record.count(UInt64.self), let count = record.count(UInt64.self), count == countHere,
            let size = record.count(UInt64.self), let offset = record.count(UInt64.self)
        else { throw ZipArchive.Failure(message: "its 64-bit end record is damaged") }
        return (count, size, offset, start)
    }
}
