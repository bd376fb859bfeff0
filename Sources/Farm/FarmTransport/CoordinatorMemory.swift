/// The memory that a coordinator keeps within, beside the texts of its jobs; `atelier bench farm` holds it to that.
///
/// Everything that waits in it is bounded: blobs on their way by the budgets of credit, whatever the number of transfers.
/// What is left grows with the farm alone, by so much for each worker and each task of the jobs that have not ended.
public enum CoordinatorMemory {
    /// Octets of the program itself, its database's cache and its threads, with nobody there: 50 MiB were measured.
    static let program: Int64 = 64 << 20
    /// Octets of blobs: those granted to senders, those that wait for the disk although their transfer has ended, and
    /// those under way to who asked for them.
    static let blobs = 2 * TransportLimits.receiveBudget + TransportLimits.sendBudget
    /// Octets for each worker: two encrypted connections with their buffers, its session and its numbers.
    ///
    /// About 60 KiB were measured.
    static let worker: Int64 = 96 << 10
    /// Octets for each task of a job that has not ended; 52 were measured of those that wait.
    static let task: Int64 = 128

    /// Octets that may be resident at most in a farm of so many workers, and so many tasks of jobs that have not ended.
    public static func budget(workers: Int, tasks: Int) -> Int64 {
        program + blobs + worker * Int64(workers) + task * Int64(tasks)
    }
}
