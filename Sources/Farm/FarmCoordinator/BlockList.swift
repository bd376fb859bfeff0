internal import FarmModel
internal import OrderedCollections

/// Workers that failed a job too often in a row, and are given nothing more of it for a while.
///
/// Failures count by `Failure.isBlame`; a success of the worker in the job wipes the count. The block is durable, the
/// count is not: after a restart a worker begins with a clean sheet.
struct BlockList {
    /// Jobs that a worker is blocked from, and until when.
    private(set) var blocks: [WorkerID: OrderedDictionary<JobID, Instant>] = [:]
    /// Failures in a row.
    private var counts: [JobID: [WorkerID: UInt32]] = [:]

    func isBlocked(_ worker: WorkerID, from job: JobID) -> Bool { blocks[worker]?[job] != nil }

    /// Jobs that a worker is blocked from.
    func jobs(of worker: WorkerID) -> [JobID] { blocks[worker].map { Array($0.keys) } ?? [] }

    /// Counts a failure; how many there are in a row.
    mutating func count(_ worker: WorkerID, _ job: JobID) -> UInt32 {
        counts[job, default: [:]][worker, default: 0] += 1
        return counts[job]?[worker] ?? 0
    }

    /// A worker did well: its failures are forgotten.
    mutating func clear(_ worker: WorkerID, _ job: JobID) {
        guard counts[job] != nil else { return }
        counts[job]?[worker] = nil
        if counts[job]?.isEmpty == true { counts[job] = nil }
    }

    /// A job is over: nobody counts its failures any more.
    mutating func forget(_ job: JobID) { counts[job] = nil }

    mutating func block(_ worker: WorkerID, from job: JobID, until: Instant) {
        blocks[worker, default: [:]][job] = until
        clear(worker, job)
    }

    /// Lifts one block; says whether there was one.
    mutating func forgive(_ worker: WorkerID, _ job: JobID) -> Bool {
        guard blocks[worker]?.removeValue(forKey: job) != nil else { return false }
        if blocks[worker]?.isEmpty == true { blocks[worker] = nil }
        return true
    }

    /// Lifts all blocks and counts of a worker; says whether there was a block.
    mutating func forgive(_ worker: WorkerID) -> Bool {
        for job in Array(counts.keys) { clear(worker, job) }
        return blocks.removeValue(forKey: worker) != nil
    }
}
