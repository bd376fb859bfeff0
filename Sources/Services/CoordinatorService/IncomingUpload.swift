import FarmModel

/// What a transfer that comes in writes to, and what has come since the last order to write.
///
/// Few large writes take the disk and the processor less than many small ones.
struct IncomingUpload: Sendable {
    let upload: BlobWriter.Upload
    /// Orders that are not carried out.
    var pending = 0
    /// Octets that no order was given for.
    private(set) var gathered = 0
    /// Whether so much has gathered that it is time for an order.
    var isFull: Bool { gathered >= Limits.runBytes }
    private var offset: Int64 = 0
    private var pieces: [Octets] = []
    /// Small pieces that follow those, joined: each by itself would take more memory than it holds.
    private var joined: [UInt8] = []

    init(_ upload: BlobWriter.Upload) { self.upload = upload }

    /// Adds octets, which follow those that are gathered.
    mutating func gather(_ bytes: Octets, at offset: Int64) {
        if gathered == 0 { self.offset = offset }
        precondition(offset == self.offset + Int64(gathered), "octets at \(offset) after \(self.offset) + \(gathered)")
        gathered += bytes.count
        guard bytes.count >= Limits.smallPiece else { return bytes.withUnsafeBytes { joined.append(contentsOf: $0) } }
        endJoining()
        pieces.append(bytes)
    }

    /// Forgets what is gathered: what was to come before it could not be written.
    mutating func discard() { (pieces, joined, gathered) = ([], [], 0) }

    /// An order to write what is gathered, which is none then.
    mutating func order() -> BlobWriter.Order {
        endJoining()
        defer { discard() }
        return .write(upload, offset: offset, pieces: pieces)
    }

    private mutating func endJoining() {
        guard !joined.isEmpty else { return }
        pieces.append(Octets(joined))
        joined = []
    }
}
