import Synchronization

/// A bounded queue from socket loops and timers to one service task, which takes what has gathered in one go.
///
/// The shell around a machine is then one loop: `next(upTo:)`, handle each event, commit once, send. Routers stop
/// reading while the mailbox is full, so pressure goes back over TCP to the peers, and nothing is dropped.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
        var onRoom: [@Sendable () -> Void] = []
    }

    /// How many elements may wait.
    public let capacity: Int
    private let state = Mutex(State())

    /// Makes an empty mailbox.
    public init(capacity: Int = 4096) {
        precondition(capacity > 0, "a mailbox of capacity \(capacity)")
        self.capacity = capacity
    }

    /// Whether another element fits.
    public var hasRoom: Bool { state.withLock { $0.elements.count < capacity } }

    /// Whether nothing comes in any more.
    public var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Whether nothing waits.
    public var isEmpty: Bool { state.withLock { $0.elements.isEmpty } }

    /// Adds an element unless the mailbox is full or finished; says whether it did.
    @discardableResult
    public func offer(_ element: Element) -> Bool { add(element, limit: capacity) }

    /// Adds an element also beyond the capacity: one for which there was room a moment ago, or one of the few that must
    /// not be lost.
    public func append(_ element: Element) { add(element, limit: .max) }

    /// Waits for elements and takes up to so many; empty when the mailbox is finished or the task cancelled.
    ///
    /// There is one reader at a time.
    public func next(upTo limit: Int) async -> [Element] {
        precondition(limit > 0, "a batch of at most \(limit)")
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    precondition(state.reader == nil, "two tasks read one mailbox")
                    let mustWait = state.elements.isEmpty && !state.isFinished && !Task.isCancelled
                    if mustWait { state.reader = continuation }
                    return mustWait
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            wakeReader()
        }
        return take(limit)
    }

    /// As `next(upTo:)`, but waits for so long at most; empty if nothing came.
    public func next(upTo limit: Int, within patience: Duration) async -> [Element] {
        await withTaskGroup(of: [Element].self) { group in
            group.addTask { await self.next(upTo: limit) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return []
            }
            // What comes at the very end of that time is not lost: the reader hands over what it took.
            var found: [Element] = []
            for await part in group {
                found += part
                group.cancelAll()
            }
            return found
        }
    }

    /// Ends the mailbox: what is in it can still be taken, nothing comes in.
    public func finish() {
        state.withLock { $0.isFinished = true }
        wakeReader()
    }

    /// Calls `action` once when there is room; at once if there is.
    func whenRoom(_ action: @escaping @Sendable () -> Void) {
        let isNow = state.withLock { state in
            let isNow = state.elements.count < capacity
            if !isNow { state.onRoom.append(action) }
            return isNow
        }
        if isNow { action() }
    }

    @discardableResult
    private func add(_ element: Element, limit: Int) -> Bool {
        let (isAdded, reader) = state.withLock { state in
            guard !state.isFinished, state.elements.count < limit else {
                return (false, CheckedContinuation<Void, Never>?.none)
            }
            state.elements.append(element)
            // In one go with the element: woken a moment later, the reader could have taken it already and wait for the
            // next, and would take its waking without any for the end.
            defer { state.reader = nil }
            return (true, state.reader)
        }
        reader?.resume()
        return isAdded
    }

    private func take(_ limit: Int) -> [Element] {
        let (batch, actions) = state.withLock { state in
            let batch = Array(state.elements.prefix(limit))
            state.elements.removeFirst(batch.count)
            guard state.elements.count < capacity else { return (batch, [@Sendable () -> Void]()) }
            defer { state.onRoom = [] }
            return (batch, state.onRoom)
        }
        for action in actions { action() }
        return batch
    }

    private func wakeReader() {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
