/// What a transfer that comes in writes to, and what has come since the last order to write.
///
/// Few large writes take the disk and the processor less than many small ones.
struct IncomingUpload: Sendable {
    let upload: BlobWriter.Upload
    /// Orders that are not carried out.
    var pending = 0
    /// Octets that no order was given for.
    private(set) var gathered = 0
    /// Whether it is time for an order: much has gathered, or many small pieces, which take more memory than they hold.
    var isFull: Bool { gathered >= Limits.runBytes || pieces.count >= Limits.runPieces }
    private var offset: Int64 = 0
    private var pieces: [[UInt8]] = []

    init(_ upload: BlobWriter.Upload) { self.upload = upload }

    /// Adds octets, which follow those that are gathered.
    mutating func gather(_ bytes: [UInt8], at offset: Int64) {
        if pieces.isEmpty { self.offset = offset }
        precondition(offset == self.offset + Int64(gathered), "octets at \(offset) after \(self.offset) + \(gathered)")
        pieces.append(bytes)
        gathered += bytes.count
    }

    /// Forgets what is gathered: what was to come before it could not be written.
    mutating func discard() { (pieces, gathered) = ([], 0) }

    /// An order to write what is gathered, which is none then.
    mutating func order() -> BlobWriter.Order {
        defer { discard() }
        return .write(upload, offset: offset, pieces: pieces)
    }
}
