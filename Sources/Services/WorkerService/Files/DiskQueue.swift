import Dispatch

/// What a worker does to its disk: one thing after another, in the order in which it was asked for, on a thread of its
/// own.
///
/// A disk that answers slowly, or not at all, must not keep the worker from its heartbeats. Whoever wants to know what
/// came of something says so in what is run.
final class DiskQueue: Sendable {
    private let queue = DispatchQueue(label: "atelier-disk")

    /// Runs something after all that was asked for before; returns at once.
    func run(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    /// Waits until all that was asked for is done.
    func finish() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
