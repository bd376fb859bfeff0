/// Bounds of what a farm accepts, in one place.
public enum Limits {
    /// Octets of a job's or a file's name.
    public static let nameBytes = 100
    /// Steps of a job.
    public static let steps = 64
    /// Tasks of a job.
    public static let tasks = 2_000_000
    /// Files of one result.
    public static let artifacts = 64
    /// Numbers and facts of one result.
    public static let summaryEntries = 64
    /// Characters of an error message that travels or is stored.
    public static let messageCharacters = 2_000
    /// Octets of one frame's body.
    public static let bodyBytes = 64 * 1024
    /// Octets of one blob chunk.
    public static let chunkBytes = 256 * 1024
    /// Octets of one blob.
    public static let blobBytes: Int64 = 64 << 30
    /// Attempts a worker may hold.
    public static let slots = 64
}
