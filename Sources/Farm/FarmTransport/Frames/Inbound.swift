public import FarmModel
public import FarmProtocol

/// What a router or dealer hands to its service.
public enum Inbound: Hashable, Sendable {
    /// A valid frame; a dealer's route is empty.
    case frame(Frame, from: Route)
    /// The peer broke the rules: its dialogue is over. It has been told already where that makes sense.
    case broken(FrameError, from: Route)
}

/// A frame for one of a router's peers.
public struct Outbound: Hashable, Sendable {
    /// What to say.
    public let body: FrameBody
    /// To whom.
    public let route: Route
    /// In which session.
    public let session: SessionID

    /// Addresses a frame.
    public init(_ body: FrameBody, to route: Route, session: SessionID) {
        self.body = body
        self.route = route
        self.session = session
    }
}

/// What came of sending a frame.
public enum SendOutcome: Hashable, Sendable {
    /// It is on its way; whether it arrives only an answer can tell.
    case sent
    /// The connection is not up yet: the frame follows when it is.
    case queued
    /// The peer takes nothing at the moment and the frame was dropped; credit should have prevented this.
    case busy
    /// No such peer any more.
    case unreachable
    /// The frame breaks a limit and was not sent.
    case refused(FrameError)
    /// The socket is closed.
    case closed
}

/// What a router or dealer has counted since it was made.
public struct TransportCounters: Hashable, Sendable {
    /// Valid frames in.
    public var received: UInt64 = 0
    /// Frames out.
    public var sent: UInt64 = 0
    /// Messages that were no valid frame, those of several parts included.
    public var malformed: UInt64 = 0
    /// Messages of several parts.
    public var multipart: UInt64 = 0
    /// Frames dropped because their sequence number was not new.
    public var repeated: UInt64 = 0
    /// Sequence numbers that never came; it stops at the largest number, because peers choose what they leave out.
    public private(set) var missing: UInt64 = 0
    /// Frames for peers that were gone.
    public var unreachable: UInt64 = 0
    /// Frames dropped because a queue was full.
    public var busy: UInt64 = 0

    /// Counts numbers that never came.
    mutating func miss(_ count: UInt64) {
        let (sum, isTooLarge) = missing.addingReportingOverflow(count)
        missing = isTooLarge ? .max : sum
    }
}
