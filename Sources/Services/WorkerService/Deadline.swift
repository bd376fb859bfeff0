/// Waits for what may never end, as whatever waits for a disk, but not for ever.
enum Deadline {
    /// Waits for work to end, for a while at most.
    ///
    /// What has not ended by then goes on by itself: nothing can stop a thread that waits for a disk.
    ///
    /// - Returns: Whether it has ended.
    static func wait(_ patience: Duration, for work: @escaping @Sendable () async -> Void) async -> Bool {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        Task {
            await work()
            end.yield(true)
        }
        let waiting = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            end.yield(false)
        }
        defer { waiting.cancel() }
        for await hasEnded in ends { return hasEnded }
        return false
    }
}
