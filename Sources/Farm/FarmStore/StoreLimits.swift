/// Bounds of what a store keeps, in one place; `Limits` of the model holds those of single messages and blobs.
public enum StoreLimits {
    /// Unfinished uploads on disk at once; a new one displaces the oldest that nobody is writing to.
    ///
    /// As many as a coordinator has transfers, so that none that was let in finds no place.
    public static let partials = 4096
    /// Uploads whose files are open at once; a process has not many more to spare beside its connections.
    static let openUploads = 128
    /// Seconds after which an upload that nobody went on with is deleted at start.
    public static let partialLifetimeSeconds: Int64 = 7 * 24 * 3600
    /// Octets of an upload that gather before the disk is asked to begin writing them.
    static let writeback: Int64 = 8 << 20
    /// Octets of a block: what goes past the page cache starts and ends at one, in the file and in memory.
    static let blockBytes = 4096
    /// Octets from which on a piece of an upload, or what is fetched for the first time, goes past the page cache.
    static let directBytes = 64 << 10
    /// Octets that go past it at once at most: a huge page of common machines.
    static let scratchBytes = 2 << 20
    /// Octets left free on the volume, unless configured.
    public static let freeReserveBytes: Int64 = 256 << 20
    /// Octets that a part of a volume left free comes to at most.
    public static let largestReserveBytes: Int64 = 10 << 30
    /// Blobs whose content is remembered as compared.
    public static let knownSound = 100_000
    /// Octets of an outbox entry's description.
    public static let entryBytes = 1 << 20
    /// Octets read from a file at a time.
    public static let bufferBytes = 256 * 1024
    /// Octets of a manifest that is read back.
    public static let manifestBytes: Int64 = 1 << 30
    /// Tasks written to a manifest between two looks at whether to go on.
    public static let manifestStride = 512
    /// Results listed by one call for publication.
    public static let unpublishedPage = 1_000
}
