public import FarmModel

/// The first 24 octets of every frame.
///
/// ```
///  0        2       3         4       6          8         16        24
///  +--------+-------+---------+-------+----------+---------+---------+------
///  | AA  F5 | major | command | flags | reserved | session | seq     | body …
///  +--------+-------+---------+-------+----------+---------+---------+------
/// ```
/// All numbers are big-endian. Bit 0 of the flags is IGN; all other bits and the reserved octets are zero.
public struct FrameHeader: Hashable, Sendable {
    /// The major version of this codec.
    public static let major = Dialect.spoken.upperBound
    /// The first two octets.
    public static let signature: [UInt8] = [0xAA, 0xF5]
    /// The bit of the flags by which a receiver may skip a command that it does not know.
    static let ignorable: UInt16 = 1

    /// What the body is.
    public var command: Command
    /// Whether IGN is set.
    public var isIgnorable: Bool
    /// The session, or `.none` before there is one.
    public var session: SessionID
    /// Counts the frames of one direction of a session, from 1.
    public var sequence: UInt64

    /// Makes a header; IGN is set for the commands that are droppable.
    public init(command: Command, session: SessionID, sequence: UInt64) {
        self.command = command
        self.isIgnorable = command.isIgnorable
        self.session = session
        self.sequence = sequence
    }

    /// Reads the header of a frame; the body is not looked at.
    public init(_ frame: UnsafeRawBufferPointer) throws(FrameError) {
        guard frame.starts(with: FrameHeader.signature) else { throw .signature }
        guard frame.count >= WireLimits.headerBytes else {
            throw .malformed(nil, "a frame of \(frame.count) octets has no whole header of \(WireLimits.headerBytes)")
        }
        guard frame[2] == FrameHeader.major else { throw .version(frame[2]) }
        let flags = UInt16(truncatingIfNeeded: frame.bigEndian(at: 4, octets: 2))
        guard let command = Command(rawValue: frame[3]), !command.lanes.isEmpty else {
            throw .unknownCommand(frame[3], isIgnorable: flags & FrameHeader.ignorable != 0)
        }
        guard flags & ~FrameHeader.ignorable == 0 else {
            throw .malformed(command, "flags 0x\(String(flags, radix: 16)) have unknown bits")
        }
        guard frame.bigEndian(at: 6, octets: 2) == 0 else {
            throw .malformed(command, "the reserved octets are not zero")
        }
        self.command = command
        isIgnorable = flags & FrameHeader.ignorable != 0
        session = SessionID(frame.bigEndian(at: 8, octets: 8))
        sequence = frame.bigEndian(at: 16, octets: 8)
        try checkNumbers()
    }

    /// The session and sequence that a refused frame names, for an answer; nil if it has no whole header.
    public static func numbers(of frame: UnsafeRawBufferPointer) -> (session: SessionID, sequence: UInt64)? {
        guard frame.count >= WireLimits.headerBytes, frame.starts(with: signature) else { return nil }
        return (SessionID(frame.bigEndian(at: 8, octets: 8)), frame.bigEndian(at: 16, octets: 8))
    }

    func checkNumbers() throws(FrameError) {
        guard sequence > 0 else { throw .malformed(command, "the sequence number is 0; it starts at 1") }
        switch command.sessionRule {
        case .zero where session != .none:
            throw .malformed(command, "carries session \(session.number); it comes before a session, with 0")
        case .nonzero where session == .none:
            throw .malformed(command, "carries no session number")
        default: break
        }
    }

    /// The 24 octets.
    var bytes: [UInt8] {
        var bytes = FrameHeader.signature
        bytes.reserveCapacity(WireLimits.headerBytes)
        bytes += [FrameHeader.major, command.rawValue]
        bytes.appendBigEndian(UInt64(isIgnorable ? FrameHeader.ignorable : 0), octets: 2)
        bytes.appendBigEndian(0, octets: 2)
        bytes.appendBigEndian(session.number, octets: 8)
        bytes.appendBigEndian(sequence, octets: 8)
        return bytes
    }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// The unsigned number in so many octets from a position counted from the start, most significant first.
    func bigEndian(at position: Int, octets: Int) -> UInt64 {
        self[(startIndex + position)..<(startIndex + position + octets)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    /// Appends the low octets of a number, most significant first.
    mutating func appendBigEndian(_ number: UInt64, octets: Int) {
        for place in (0..<octets).reversed() { append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
}
