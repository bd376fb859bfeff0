import FarmModel
import FarmStore

extension CoordinatorService {
    /// Checkpoints that tasks would go on from, but whose blobs are gone: the folder may be a copy from another day.
    static func missingCheckpoints(in snapshot: Snapshot, _ blobs: BlobStore) -> [(task: TaskID, digest: Digest)] {
        snapshot.jobs.flatMap { job in
            job.tasks.flatMap { task in
                task.checkpoints.filter { !blobs.contains($0.digest) }
                    .map { (TaskID(job: job.id, index: task.index), $0.digest) }
            }
        }
    }

    /// Bounds of what a coordinator stores.
    public struct Storage: Sendable, Hashable {
        /// Octets left free on the volume of the state folder: below that no job and no file is taken.
        public var reserveBytes: Int64 = StoreLimits.freeReserveBytes
        /// Part of that volume left free if it is more, up to 10 GiB.
        public var reserveFraction = 0.05
        /// Octets of all blobs; nil sets no bound.
        public var quotaBytes: Int64?
        /// Seconds for which differing results are kept that came too late.
        public var quarantineSeconds: Int64 = KeepingRules().quarantineSeconds

        /// Makes the default bounds.
        public init() {}

        var blobs: BlobStore.Configuration {
            BlobStore.Configuration(
                freeReserveBytes: reserveBytes, freeReserveFraction: reserveFraction, quotaBytes: quotaBytes)
        }

        var rules: KeepingRules { KeepingRules(quarantineSeconds: quarantineSeconds) }
    }
}
