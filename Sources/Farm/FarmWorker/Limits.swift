/// Bounds of what one worker keeps in memory, in one place.
enum WorkerLimits {
    /// Attempts in one page of an inventory.
    static let inventoryPage = 512
    /// Pings without an answer; silence ends a session long before.
    static let unansweredPings = 256
    /// Characters of a reason that comes from elsewhere.
    static let reasonCharacters = 300
    /// The longest drain, milliseconds: ten years.
    static let drainMilliseconds: Int64 = 10 * 366 * 86_400_000
}
