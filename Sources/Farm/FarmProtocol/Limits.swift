import FarmModel

/// Bounds of the encoding, in one place; bounds of the values themselves are in `FarmModel.Limits`.
public enum WireLimits {
    /// Octets of the frame header.
    public static let headerBytes = 24
    /// Octets before the data of a chunk: transfer, offset, length.
    public static let chunkHeaderBytes = 20
    /// Octets of a CHUNK body.
    public static let chunkBodyBytes = chunkHeaderBytes + Limits.chunkBytes
    /// Octets of a SUBMIT or REPLY body: a job may carry thousands of prompts.
    public static let clientBodyBytes = 4 * 1024 * 1024
    /// Messages within messages; a job with the deepest allowed list needs 24.
    public static let messageDepth = 32
    /// Lists within lists in one setting.
    public static let listDepth = 8
    /// Settings of one task, one axis value or one base.
    public static let settings = Limits.settings
    /// Axes of one step.
    public static let axes = 64
    /// Octets of a label for people, such as a host name.
    public static let labelBytes = 255
    /// Octets of free text, such as a reason; longer text is cut before it is sent.
    public static let proseBytes = 4 * Limits.messageCharacters
    /// Attempts in one PING or PONG: those that run, and those whose report waits for an answer.
    public static let listed = Limits.heldAttempts
    /// Finished attempts on one page of an inventory.
    public static let outboxPage = Limits.outboxEntries
    /// Verdicts of one RECONCILE: one for everything an inventory can hold.
    public static let verdicts = Limits.heldAttempts
    /// Jobs of one REPLY.
    public static let statuses = 10_000
    /// Workers of one REPLY.
    public static let workers = 4_096
    /// Attempts shown of one worker.
    public static let heldShown = 256
    /// Blocked jobs shown of one worker.
    public static let blocksShown = 1_000
}
