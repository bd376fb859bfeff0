import FarmStore

extension CoordinatorService {
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
