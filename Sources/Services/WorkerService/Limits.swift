/// Bounds of a worker, in one place.
enum Limits {
    /// Octets of one line between worker and engine; settings are the longest part.
    static let engineLineBytes = 4 << 20
    /// How long an engine may take to stop before it is killed; an iteration of a large picture takes seconds.
    static let engineStopGrace: Duration = .seconds(10)
    /// How often an engine that says nothing is looked after.
    static let watchInterval: Duration = .milliseconds(500)
    /// Progress events an engine sends, at most this often.
    static let progressInterval: Duration = .milliseconds(250)
    /// Least time from one checkpoint to the next where a task does not say.
    static let checkpointInterval: Duration = .seconds(30)
    /// Inputs that may wait for the shell or for the uploads; slots, credit and timers keep far below.
    static let mailbox = 8192
    /// How long the worker waits for the transfers to take in what it says; heartbeats wait as long.
    static let transferPause: Duration = .seconds(2)
    /// Frames the uploads handle in one go.
    static let blobBatch = 64
    /// Interval at which quiet uploads are looked after.
    static let blobTick: Duration = .seconds(2)
    /// Ticks before an upload that broke off is tried again.
    static let blobPauseTicks = 1
    /// Times that the coordinator finds a file changed before it is given up.
    static let digestMismatches = 3
    /// Ticks without an octet before a fetch is asked for again.
    static let fetchQuietTicks = 5
    /// Attempts of a fetch in a row that bring nothing before it is given up.
    static let fetchAttempts = 5
}
