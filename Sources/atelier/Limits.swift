/// Bounds of the command, in one place.
enum Limits {
    /// Jobs of one name in an output folder before another name is asked for.
    static let sameNamedJobs = 1000
    /// Workers of a local farm.
    static let localWorkers = 64
    /// Octets of a template.
    static let templateBytes = 16 << 20
    /// Times a local worker is started again after it died.
    static let workerRestarts = 100
    /// How long a client waits for an answer.
    static let clientPatience: Duration = .seconds(15)
}
