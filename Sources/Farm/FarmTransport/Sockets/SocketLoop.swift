import CZeroMQ
import Glibc
import Synchronization

/// One thread that owns sockets: it polls them all, and between polls runs the jobs of the actors pinned to it.
///
/// An actor is pinned by returning the loop from `unownedExecutor`; then all its code runs on this thread, which is
/// what libzmq demands of a socket's user, and the compiler proves it. Everything on the thread must be short.
///
/// The thread lives until `stop()`. An actor may still be used after that: its job starts the thread again for as long
/// as it takes, so nothing ever waits for a thread that is gone.
///
/// Guarded by: `state` by its mutex; `watched` by being touched on the loop's thread only.
public final class SocketLoop: SerialExecutor, @unchecked Sendable {
    /// What a watched socket waits for.
    struct Interest: OptionSet {
        let rawValue: Int16
        static let readable = Interest(rawValue: Int16(ZMQ_POLLIN))
        static let writable = Interest(rawValue: Int16(ZMQ_POLLOUT))
    }

    /// Names a watched socket.
    struct Watch: Hashable {
        fileprivate let number: UInt64
    }

    private struct Watched {
        let watch: Watch
        let socket: UnsafeMutableRawPointer
        var interest: Interest
        let ready: () -> Void
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var actions: [@Sendable () -> Void] = []
        var isRunning = false
        var isStopping = false
        var thread: pthread_t?
        var waiting: [CheckedContinuation<Void, Never>] = []

        var isIdle: Bool { jobs.isEmpty && actions.isEmpty }
        /// Whether the caller runs on the loop's thread.
        var isHere: Bool { thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    /// The name of the thread, as tools show it; the system keeps 15 octets.
    public let name: String
    private let state = Mutex(State())
    private let wakeDescriptor: CInt
    private var watched: [Watched] = []
    private var nextWatch: UInt64 = 1

    /// Starts the thread.
    public init(name: String) throws(ZMQError) {
        self.name = name
        wakeDescriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else { throw ZMQError(code: errno, "make the wake-up of loop \(name)") }
        state.withLock { $0.isRunning = true }
        let failure = startThread()
        guard failure == 0 else { throw ZMQError(code: failure, "start the thread of loop \(name)") }
    }

    // The running thread holds a reference, so no thread is left here.
    deinit { Glibc.close(wakeDescriptor) }

    /// Ends the thread when its jobs are done, and waits for that.
    ///
    /// Close the routers and dealers before: their sockets are not polled any more.
    public func stop() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                state.isStopping = true
                if state.isRunning { state.waiting.append(continuation) }
                return !state.isRunning
            }
            if isOver { continuation.resume() } else { wake() }
        }
    }

    // MARK: - Executor

    /// Queues a job of a pinned actor.
    public func enqueue(_ job: consuming ExecutorJob) {
        // The job may be the end of the last actor that knows the loop; run elsewhere, it would take the loop with it.
        let lifetime = Unmanaged.passRetained(self)
        defer { lifetime.release() }
        let job = UnownedJob(job)
        let (mustStart, mustWake) = state.withLock { state in
            // Whoever put the first job there has woken the thread, and on its own thread it looks before it waits.
            let mustWake = state.isIdle && !state.isHere
            state.jobs.append(job)
            defer { state.isRunning = true }
            return (!state.isRunning, mustWake)
        }
        guard mustStart else { return mustWake ? wake() : () }
        let failure = startThread()
        precondition(failure == 0, "loop \(name) cannot start its thread again: error \(failure)")
    }

    /// Calls `action` on the loop's thread soon, after those given before and ahead of later jobs.
    ///
    /// Cheaper than a visit to an actor: nobody is told when it is done. Returns false if it never is, since the thread has
    /// ended.
    @discardableResult
    public func perform(_ action: @escaping @Sendable () -> Void) -> Bool {
        let (isComing, mustWake) = state.withLock { state in
            let mustWake = state.isIdle && !state.isHere
            if state.isRunning { state.actions.append(action) }
            return (state.isRunning, mustWake)
        }
        if mustWake { wake() }
        return isComing
    }

    /// Whether the caller runs on this loop.
    public func isIsolatingCurrentContext() -> Bool? {
        state.withLock { $0.isHere }
    }

    /// Stops the process if the caller does not run on this loop.
    public func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the thread of the socket loop \(name)")
    }

    // MARK: - Sockets

    /// Calls `ready` on the loop's thread whenever the socket is ready for one of the interests.
    ///
    /// Level-triggered: whoever leaves messages unread is called again in the next turn.
    func watch(_ socket: UnsafeMutableRawPointer, for interest: Interest, ready: @escaping () -> Void) -> Watch {
        checkIsolated()
        let watch = Watch(number: nextWatch)
        nextWatch += 1
        watched.append(Watched(watch: watch, socket: socket, interest: interest, ready: ready))
        return watch
    }

    func setInterest(_ interest: Interest, of watch: Watch) {
        checkIsolated()
        guard let index = watched.firstIndex(where: { $0.watch == watch }) else { return }
        watched[index].interest = interest
    }

    /// Must come before the socket is closed.
    func unwatch(_ watch: Watch) {
        checkIsolated()
        watched.removeAll { $0.watch == watch }
    }

    // MARK: - The thread

    private func wake() {
        // The descriptor's counter cannot fill up: the loop resets it each turn.
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    private func startThread() -> CInt {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        let reference = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let failure = pthread_create(&thread, &attributes, socketLoopMain, reference.toOpaque())
        if failure != 0 { reference.release() }
        return failure
    }

    fileprivate func run() {
        pthread_setname_np(pthread_self(), String(decoding: name.utf8.prefix(15), as: UTF8.self))
        state.withLock { $0.thread = pthread_self() }
        while true {
            let (actions, jobs) = state.withLock { state in
                let work = (state.actions, state.jobs)
                (state.actions, state.jobs) = ([], [])
                return work
            }
            for action in actions { action() }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if endIfStopped() { return }
            poll()
        }
    }

    private func endIfStopped() -> Bool {
        let waiting: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard state.isStopping, state.isIdle else { return nil }
            state.isRunning = false
            state.thread = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting?.forEach { $0.resume() }
        return waiting != nil
    }

    private func poll() {
        let isBusy = state.withLock { !$0.isIdle }
        var items = [zmq_pollitem_t(socket: nil, fd: wakeDescriptor, events: Int16(ZMQ_POLLIN), revents: 0)]
        for entry in watched {
            items.append(zmq_pollitem_t(socket: entry.socket, fd: 0, events: entry.interest.rawValue, revents: 0))
        }
        let current = watched
        let isReady = zmq_poll(&items, CInt(items.count), isBusy ? 0 : -1) >= 0
        if !isReady, zmq_errno() == EINTR { return }
        if items[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
        }
        // Any other error means that the context ends: each owner then meets the error itself and closes its socket.
        for (entry, item) in zip(current, items.dropFirst()) where !isReady || item.revents != 0 {
            // An earlier handler may have closed this socket.
            if watched.contains(where: { $0.watch == entry.watch }) { entry.ready() }
        }
    }
}

/// A function and not a closure: a closure would inherit an isolation that the new thread does not have.
private nonisolated func socketLoopMain(_ reference: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let reference else { return nil }
    Unmanaged<SocketLoop>.fromOpaque(reference).takeRetainedValue().run()
    return nil
}
