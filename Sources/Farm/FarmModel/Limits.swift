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
    /// Results of one worker that may wait for an answer; it takes no work that could make more.
    public static let outboxEntries = 1_024
    /// Attempts a worker may list in a ping or in an inventory: what runs, and what waits for an answer.
    public static let heldAttempts = slots + outboxEntries
    /// Words of a worker or a step.
    public static let tags = 32
    /// Checkpoints kept of a task: the newest, and one before it in case its blob is lost.
    public static let checkpoints = 2
    /// Octets of one checkpoint.
    public static let checkpointBytes: Int64 = 1 << 30
    /// Tasks named in one command.
    public static let namedTasks = 10_000
    /// Jobs on one page of a listing.
    public static let jobPage = 1_000
    /// Tasks on one page of a listing.
    public static let taskPage = 1_000
    /// Settings of one task, those of its axes included.
    public static let settings = 256
    /// Octets of the settings of one task: an offer carries them, and files of a task before it, in one frame.
    public static let settingBytes = 40 * 1024
    /// Retries of one class that a job may ask for.
    public static let retries: UInt32 = 10_000
    /// Longest time in a specification: ten years, in milliseconds.
    public static let milliseconds: Int64 = 10 * 366 * 86_400_000
}
