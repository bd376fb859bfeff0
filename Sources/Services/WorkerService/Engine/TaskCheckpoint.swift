import Crypto
import Guidance

/// Where a render task stands between two iterations, as bytes that any engine on the same backend goes on from.
///
/// A task makes one picture, or several of which the best is kept (`best_of`). So beside the checkpoint of the present
/// candidate there is that of the best one so far, at its end: its latent gives the same picture again, which is smaller
/// than the picture and needs no format of its own.
struct TaskCheckpoint: Equatable {
    /// The best candidate of those that have ended.
    struct Best: Equatable {
        /// Which candidate, from 0.
        var candidate: Int
        /// Its score.
        var score: Double
        /// Its end.
        var end: RenderCheckpoint
    }

    /// The candidate that is rendered, from 0.
    var candidate: Int
    /// How far it has come.
    var present: RenderCheckpoint
    /// The best before it; nil for the first one.
    var best: Best?

    /// Eight characters that begin the file; the last one is the version.
    private static let magic = Array("ATELTSK1".utf8)

    /// The file, all numbers little-endian.
    ///
    /// Magic; number of the candidate (4 bytes); length (8 bytes) and bytes of its checkpoint; 1 byte that says whether
    /// there is a best one, and if so its number, the bits of its score (8 bytes), and its checkpoint as above; the
    /// SHA-256 of all that.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: UInt32(candidate))
        bytes.append(part: present.encoded())
        bytes.append(best == nil ? 0 : 1)
        if let best {
            bytes.append(littleEndian: UInt32(best.candidate))
            bytes.append(littleEndian: best.score.bitPattern)
            bytes.append(part: best.end.encoded())
        }
        return bytes + Array(SHA256.hash(data: bytes))
    }

    init(candidate: Int, present: RenderCheckpoint, best: Best?) {
        (self.candidate, self.present, self.best) = (candidate, present, best)
    }

    /// Reads a file; throws `RenderError.damagedCheckpoint` unless every byte is as it was written.
    init(decoding bytes: [UInt8]) throws(RenderError) {
        guard bytes.count >= Self.magic.count + 32, Array(bytes.prefix(Self.magic.count)) == Self.magic else {
            throw .damagedCheckpoint("it does not begin with \(String(decoding: Self.magic, as: UTF8.self))")
        }
        guard Array(SHA256.hash(data: bytes.dropLast(32))) == Array(bytes.suffix(32)) else {
            throw .damagedCheckpoint("its checksum does not match its content")
        }
        var rest = bytes.dropFirst(Self.magic.count).dropLast(32)
        candidate = Int(try rest.number(UInt32.self))
        present = try RenderCheckpoint(decoding: try rest.part())
        if try rest.number(UInt8.self) == 1 {
            let number = Int(try rest.number(UInt32.self))
            let score = Double(bitPattern: try rest.number(UInt64.self))
            best = Best(candidate: number, score: score, end: try RenderCheckpoint(decoding: try rest.part()))
        }
        guard rest.isEmpty else { throw .damagedCheckpoint("its length does not fit its parts") }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// The length, then the bytes.
    fileprivate mutating func append(part: [UInt8]) {
        append(littleEndian: UInt64(part.count))
        append(contentsOf: part)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func take(_ count: Int) throws(RenderError) -> [UInt8] {
        guard count <= self.count else { throw .damagedCheckpoint("its length does not fit its parts") }
        defer { self = dropFirst(count) }
        return Array(prefix(count))
    }

    fileprivate mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(RenderError) -> Number {
        let raw = try take(MemoryLayout<Number>.size)
        return Number(littleEndian: raw.withUnsafeBytes { $0.loadUnaligned(as: Number.self) })
    }

    fileprivate mutating func part() throws(RenderError) -> [UInt8] {
        try take(Int(clamping: try number(UInt64.self)))
    }
}
