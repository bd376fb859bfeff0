public import FarmModel

/// One message on the wire: header numbers and a body.
///
/// Decoding is a pure function of the octets and the lane they came on. It accepts only what `encoded()` could have
/// made, plus fields of later editions, so a machine behind it never meets a value out of range.
public struct Frame: Hashable, Sendable {
    /// The session, or `.none` before there is one.
    public var session: SessionID
    /// Counts the frames of one direction of a session, from 1.
    public var sequence: UInt64
    /// What is said.
    public var body: FrameBody

    /// Makes a frame.
    public init(session: SessionID, sequence: UInt64, body: FrameBody) {
        self.session = session
        self.sequence = sequence
        self.body = body
    }

    /// Reads a frame that came on a lane.
    public static func decode(_ bytes: [UInt8], on lane: Lane) throws(FrameError) -> Frame {
        try bytes.withUnsafeBytes { octets in Result { () throws(FrameError) in try decode(octets, on: lane) } }.get()
    }

    /// Reads a frame where it lies.
    ///
    /// The octets of a chunk stay there if there is an `owner`, who keeps them; otherwise nothing of the result refers to
    /// that memory.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, keptBy owner: (any AnyObject & Sendable)? = nil, on lane: Lane
    ) throws(FrameError) -> Frame {
        let header = try FrameHeader(bytes)
        guard header.command.lanes.contains(lane) else { throw .unexpected(header.command, lane) }
        let octets = bytes.count - WireLimits.headerBytes
        guard octets <= header.command.bodyLimit else {
            throw .tooLong(header.command, octets: octets, limit: header.command.bodyLimit)
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[WireLimits.headerBytes...])
        let body = try FrameBody.decode(header.command, content, keptBy: owner, on: lane)
        return Frame(session: header.session, sequence: header.sequence, body: body)
    }

    /// The octets of the frame.
    ///
    /// Fails on a value that `decode` would refuse: what this side would not accept, it does not send.
    public func encoded() throws(FrameError) -> [UInt8] {
        let pieces = try pieces()
        return [UInt8](unsafeUninitializedCapacity: pieces.count) { buffer, filled in
            pieces.copy(to: UnsafeMutableRawBufferPointer(buffer))
            filled = pieces.count
        }
    }

    /// The octets of the frame in two pieces, so that those of a chunk are not copied more than once; fails as
    /// `encoded()` does.
    public func pieces() throws(FrameError) -> Pieces {
        let header = FrameHeader(command: body.command, session: session, sequence: sequence)
        try header.checkNumbers()
        let (front, content) = try body.encoded()
        let octets = front.count + content.count
        guard octets <= header.command.bodyLimit else {
            throw .tooLong(header.command, octets: octets, limit: header.command.bodyLimit)
        }
        return Pieces(head: header.bytes + front, content: content)
    }

    /// What a frame consists of on the wire, one after the other.
    public struct Pieces: Sendable {
        let head: [UInt8]
        let content: Octets

        /// Octets of both.
        public var count: Int { head.count + content.count }

        /// Writes both to memory that has room for them.
        public func copy(to memory: UnsafeMutableRawBufferPointer) {
            memory.copyBytes(from: head)
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[head.count...])
            content.withUnsafeBytes { rest.copyMemory(from: $0) }
        }
    }
}
