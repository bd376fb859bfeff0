import FarmModel

/// Names an unfinished upload: which blob, and whose octets they are.
///
/// Several may bring one blob at the same time, and none of them goes on with what another one has written.
struct UploadName: Hashable, Comparable, Sendable {
    /// Which blob.
    let digest: Digest
    /// Who brings it; nil for this process itself.
    let owner: Digest?

    init(_ digest: Digest, by owner: Digest?) {
        self.digest = digest
        self.owner = owner
    }

    /// Reads the name of a file; nil if no upload has it.
    init?(fileName: String) {
        let parts = fileName.prefix { $0 != "." }.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, let digest = Digest(hex: first) else { return nil }
        self.init(digest, by: parts.count > 1 ? Digest(hex: parts[1]) : nil)
        guard self.fileName == fileName else { return nil }
    }

    /// The name of its file.
    var fileName: String { "\(digest)\(owner.map { "-\($0)" } ?? "").part" }

    static func < (a: UploadName, b: UploadName) -> Bool { a.fileName < b.fileName }
}
