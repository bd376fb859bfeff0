/// Bounds of what a store keeps, in one place; `Limits` of the model holds those of single messages and blobs.
public enum StoreLimits {
    /// Unfinished uploads on disk at once; a new one displaces the oldest that nobody is writing to.
    public static let partials = 256
    /// Seconds after which an upload that nobody went on with is deleted at start.
    public static let partialLifetimeSeconds: Int64 = 7 * 24 * 3600
    /// Octets left free on the volume: an upload that would use them is refused.
    public static let freeReserveBytes: Int64 = 256 << 20
    /// Results a worker keeps while the coordinator is away.
    public static let outboxEntries = 1_024
    /// Octets of an outbox entry's description.
    public static let entryBytes = 1 << 20
    /// Octets read from a file at a time.
    public static let bufferBytes = 256 * 1024
    /// Octets of a manifest that is read back.
    public static let manifestBytes: Int64 = 1 << 30
    /// Results listed by one call for publication.
    public static let unpublishedPage = 1_000
}
