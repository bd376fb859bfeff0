import Synchronization

/// A bounded queue from socket loops and timers to one service task, which takes what has gathered in one go.
///
/// The shell around a machine is then one loop: `next(upTo:)`, handle each event, commit once, send. Routers stop
/// reading while the mailbox is full, so pressure goes back over TCP to the peers, and nothing is dropped.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isFinished = false
        /// Called once for what comes next, or for the end.
        var reader: (@Sendable () -> Void)?
        var onRoom: [@Sendable () -> Void] = []

        mutating func takeReader() -> (@Sendable () -> Void)? {
            defer { reader = nil }
            return reader
        }
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
                    precondition(state.reader == nil, "two read one mailbox")
                    let mustWait = state.elements.isEmpty && !state.isFinished && !Task.isCancelled
                    if mustWait { state.reader = { continuation.resume() } }
                    return mustWait
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            wakeReader()
        }
        return take(limit)
    }

    /// Hands what comes in to `take` on the thread of a loop, up to so many at a time, until the mailbox is finished or the
    /// loop's thread has ended; cancelling the task does not end it.
    ///
    /// Cheaper than `next(upTo:)` for an actor of that loop, whose task would come to its thread by way of another one
    /// each time that it had waited. Between two batches the sockets of the loop have their turn.
    public func drain(on loop: SocketLoop, upTo limit: Int, _ take: @escaping @Sendable ([Element]) -> Void) async {
        precondition(limit > 0, "a batch of at most \(limit)")
        await withCheckedContinuation { over in
            pump(on: loop, upTo: limit, take, over)
        }
    }

    private func pump(
        on loop: SocketLoop, upTo limit: Int, _ hand: @escaping @Sendable ([Element]) -> Void,
        _ over: CheckedContinuation<Void, Never>
    ) {
        whenElement {
            let isComing = loop.perform {
                let batch = self.take(limit)
                // Nothing waits, and we are called for something: that is the end.
                guard !batch.isEmpty else { return over.resume() }
                hand(batch)
                self.pump(on: loop, upTo: limit, hand, over)
            }
            if !isComing { over.resume() }
        }
    }

    /// Calls `action` once when there is an element, or never will be one; at once if so.
    private func whenElement(_ action: @escaping @Sendable () -> Void) {
        let isNow = state.withLock { state in
            precondition(state.reader == nil, "two read one mailbox")
            let isNow = !state.elements.isEmpty || state.isFinished
            if !isNow { state.reader = action }
            return isNow
        }
        if isNow { action() }
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
        let (isAdded, reader) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard !state.isFinished, state.elements.count < limit else { return (false, nil) }
            state.elements.append(element)
            // In one go with the element: woken a moment later, the reader could have taken it already and wait for the
            // next, and would take its waking without any for the end.
            return (true, state.takeReader())
        }
        reader?()
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
        state.withLock { $0.takeReader() }?()
    }
}
