/// The directory of a zip archive in a mapped file: what lies where.
///
/// Read strictly, as an archive from a stranger must be: every number is checked against the file, both headers of an
/// entry must agree, entries may neither overlap nor share a name, and no name leads out of the archive. Nothing is
/// unpacked: PyTorch stores its entries as they are, and compressed ones can only be listed.
struct ZipArchive {
    /// Why an archive was refused.
    struct Failure: Error {
        let message: String
    }

    /// One file in the archive.
    struct Entry {
        let name: String
        /// The compression method; 0 where the bytes lie as they are.
        let method: UInt16
        /// The bytes as they lie in the archive.
        let range: Range<Int>
    }

    /// All entries, in the order in which they lie in the file.
    let entries: [Entry]
    private let indices: [String: Int]

    /// Reads and checks the directory.
    init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let end = try ZipEnd(bytes)
        var found: [ZipRecord] = []
        guard var cursor = ByteCursor(bytes, at: end.directory.lowerBound) else {
            throw Failure(message: "it is cut short")
        }
        for _ in 0..<end.count { found.append(try ZipRecord(&cursor, directoryEnd: end.directory.upperBound)) }
        guard cursor.offset == end.directory.upperBound else {
            throw Failure(message: "its directory holds more than the \(end.count) entries that it counts")
        }
        found.sort { $0.headerOffset < $1.headerOffset }

        var (entries, indices): ([Entry], [String: Int]) = ([], [:])
        var previousEnd = 0
        for record in found {
            guard record.headerOffset >= previousEnd else {
                throw Failure(message: "entry '\(record.name.prefix(80))' overlaps the one before it")
            }
            let range = try record.dataRange(in: bytes, before: end.directory.lowerBound)
            previousEnd = range.upperBound
            guard indices.updateValue(entries.count, forKey: record.name) == nil else {
                throw Failure(message: "the name '\(record.name.prefix(80))' occurs twice")
            }
            entries.append(Entry(name: record.name, method: record.method, range: range))
        }
        (self.entries, self.indices) = (entries, indices)
    }

    /// The entry of a name.
    subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// Where an entry's bytes lie; nil where there is none.
    ///
    /// - Throws: `Failure` where the entry is compressed.
    func stored(_ name: String) throws(Failure) -> Range<Int>? {
        guard let entry = self[name] else { return nil }
        guard entry.method == 0 else {
            throw Failure(message: "entry '\(name.prefix(80))' is compressed, which PyTorch's archives are not")
        }
        return entry.range
    }
}
