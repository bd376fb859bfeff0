import FarmModel

/// Bounds of the transport, in one place.
public enum TransportLimits {
    /// Messages read from one socket before others, and the jobs of actors, have their turn.
    public static let messagesPerTurn = 64
    /// Frames that a dealer keeps while its connection is not up yet.
    public static let pendingFrames = 16
    /// Peers whose sequence numbers a router remembers; beyond it the longest silent one is forgotten.
    public static let peers = 16_384
    /// Sessions per peer whose sequence numbers are remembered.
    public static let sessionsPerPeer = 4
    /// Refused peers that are remembered so that each is logged once; beyond it the memory starts anew.
    public static let refusalsRemembered = 4096
    /// Lines of the log about refused peers, in a minute and from one place; beyond it they are only counted.
    public static let refusalsPerMinute = 60
    /// Attempts to connect that come to nothing before it is said that nobody answers.
    public static let attemptsUntilNobodyAnswers = 4
    /// How long the test at the start waits for a stranger to be refused.
    public static let selfTestMilliseconds = 10_000
    /// Octets of all transfers together that may be under way to this process.
    public static let receiveBudget: Int64 = 64 << 20
    /// Octets that encryption adds to a message: the words of a CURVE MESSAGE command (RFC 26) are a name of 8, a nonce
    /// of 8, the 16 of the box and flags of 1.
    public static let encryptionBytes: Int64 = 33
    /// Octets of all transfers together that may be under way from this process.
    public static let sendBudget: Int64 = 64 << 20
    /// Octets of one transfer that who asks for a blob may grant at once.
    public static let window: Int64 = 4 << 20
    /// Octets that a coordinator grants to one who brings blobs: he goes on while others have the processor.
    public static let offerWindow: Int64 = 16 << 20
    /// Chunks of all transfers that leave before others have their turn.
    public static let chunksPerTurn = 8
    /// Transfers of one peer at a time.
    public static let transfersPerPeer = 4
}
