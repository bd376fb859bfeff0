/// Bounds of what one coordinator keeps in memory, in one place.
enum CoordinatorLimits {
    /// Workers with a session or a lease.
    static let workers = 4_096
    /// Jobs, ended ones included.
    static let jobs = 100_000
    /// Attempts one worker may list at a reconnect, all pages together.
    static let inventoryEntries = 2_048
    /// Tasks looked at for one page of a listing.
    static let tasksLookedAt: UInt32 = 50_000
}
