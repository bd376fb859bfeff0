/// Bounds of what one worker keeps in memory, in one place.
enum WorkerLimits {
    /// Results that may wait for an answer before no more work is asked for.
    static let outboxEntries = 256
    /// Attempts in one page of an inventory.
    static let inventoryPage = 512
    /// Results listed in an inventory; the rest are reported without having been listed.
    static let inventoryOutbox = 1_024
    /// Pings without an answer; silence ends a session long before.
    static let unansweredPings = 256
    /// Characters of a reason that comes from elsewhere.
    static let reasonCharacters = 300
    /// The longest drain, milliseconds: ten years.
    static let drainMilliseconds: Int64 = 10 * 366 * 86_400_000
}
