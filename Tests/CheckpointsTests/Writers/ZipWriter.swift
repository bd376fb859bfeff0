/// Writes zip archives of stored entries, sound ones and others.
struct ZipWriter {
    /// One entry, with what its two headers say about it.
    struct Entry {
        var name: String
        var data: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var checksum: UInt32 = 0
        /// The size in the directory; nil for that of the data.
        var size: Int?
        var unpackedSize: Int?
        /// What the entry's own header says, where it differs.
        var localName: String?
        var localSize: Int?
        var localMethod: UInt16?
        var localChecksum: UInt32?
        /// Where the directory says that the entry begins; nil for where it does.
        var offset: Int?
        var extra: [UInt8] = []
        var localExtra: [UInt8] = []
    }

    var entries: [Entry] = []
    /// What the end record says, where it differs.
    var count: Int?
    var directorySize: Int?
    var directoryOffset: Int?
    var comment: [UInt8] = []
    /// A 64-bit end record and its locator, as PyTorch always writes them.
    var isWide = false
    var wideOffset: Int?

    init(_ entries: [(name: String, data: [UInt8])] = []) {
        self.entries = entries.map { Entry(name: $0.name, data: $0.data) }
    }

    /// The archive.
    func bytes() -> [UInt8] {
        var (file, directory): ([UInt8], [UInt8]) = ([], [])
        for entry in entries {
            let (start, size) = (file.count, entry.size ?? entry.data.count)
            let local = Array((entry.localName ?? entry.name).utf8)
            file += Self.fields(
                [0x0403_4B50], [20, entry.flags, entry.localMethod ?? entry.method, 0, 0],
                [
                    entry.localChecksum ?? entry.checksum, UInt32(truncatingIfNeeded: entry.localSize ?? size),
                    UInt32(truncatingIfNeeded: entry.localSize ?? entry.unpackedSize ?? size),
                ], [UInt16(local.count), UInt16(entry.localExtra.count)])
            file += local + entry.localExtra + entry.data
            let name = Array(entry.name.utf8)
            directory += Self.fields(
                [0x0201_4B50], [20, 20, entry.flags, entry.method, 0, 0],
                [
                    entry.checksum, UInt32(truncatingIfNeeded: size),
                    UInt32(truncatingIfNeeded: entry.unpackedSize ?? size),
                ], [UInt16(name.count), UInt16(entry.extra.count), 0, 0, 0])
            directory += Self.fields([0, UInt32(truncatingIfNeeded: entry.offset ?? start)], [], [], [])
            directory += name + entry.extra
        }
        let (offset, count) = (directoryOffset ?? file.count, count ?? entries.count)
        let size = directorySize ?? directory.count
        file += directory
        if isWide {
            let start = file.count
            file += Self.fields([0x0606_4B50], [], [], []) + Self.wide([44])
            file += Self.fields([], [45, 45], [0, 0], []) + Self.wide([count, count, size, offset])
            file += Self.fields([0x0706_4B50, 0], [], [], []) + Self.wide([wideOffset ?? start])
            file += Self.fields([1], [], [], [])
        }
        file += Self.fields(
            [0x0605_4B50], [0, 0, UInt16(truncatingIfNeeded: count), UInt16(truncatingIfNeeded: count)],
            [UInt32(truncatingIfNeeded: size), UInt32(truncatingIfNeeded: offset)], [UInt16(comment.count)])
        return file + comment
    }

    private static func fields(_ a: [UInt32], _ b: [UInt16], _ c: [UInt32], _ d: [UInt16]) -> [UInt8] {
        a.flatMap(little) + b.flatMap(little) + c.flatMap(little) + d.flatMap(little)
    }

    private static func wide(_ values: [Int]) -> [UInt8] { values.flatMap { little(UInt64(bitPattern: Int64($0))) } }

    static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}
