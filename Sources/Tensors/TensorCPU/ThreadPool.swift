import Glibc
import Synchronization

/// A fixed set of threads that share the chunks of one job at a time.
///
/// The caller takes part as lane 0, so a pool of one lane starts no thread. Which lane gets a chunk is left to chance;
/// a chunk's result must not depend on it. `run` belongs to one thread at a time and is not re-entrant.
final class ThreadPool {
    /// Number of chunks that run at once, the caller's included.
    let lanes: Int

    private let isIdle: Bool
    private let board = Board()
    private var threads: [pthread_t] = []

    /// Starts `lanes - 1` threads; an idle pool starts none and leaves every job undone.
    init(lanes: Int, isIdle: Bool = false) {
        precondition(lanes > 0, "a pool needs at least one lane, got \(lanes)")
        self.lanes = lanes
        self.isIdle = isIdle
        guard !isIdle else { return }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Limits.threadStack)
        for lane in 1..<max(lanes, 1) {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, &attributes,
                { raw in
                    if let raw { Unmanaged<Board>.fromOpaque(raw).takeRetainedValue().serve() }
                    return nil
                }, Unmanaged.passRetained(board).toOpaque())
            precondition(status == 0, "cannot start thread \(lane) of \(lanes): error \(status); use fewer threads")
            threads.append(thread)
        }
        pthread_attr_destroy(&attributes)
    }

    deinit {
        board.close()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once for every chunk in `0 ..< chunks` and returns when all are done.
    ///
    /// Lane numbers lie below `lanes` and below `chunks`; no two chunks run on one lane at the same time, so a lane can
    /// own scratch memory.
    func run(chunks: Int, _ body: (_ chunk: Int, _ lane: Int) -> Void) {
        guard !isIdle else { return }
        guard chunks > 1, lanes > 1 else {
            for chunk in 0..<max(chunks, 0) { body(chunk, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { board.run(chunks: chunks, helpers: min(lanes, chunks) - 1, $0) }
        }
    }
}

/// The job on hand and who still works on it.
///
/// `@unchecked Sendable`: every plain property is guarded by `mutex`; the next chunk is atomic.
private final class Board: @unchecked Sendable {
    typealias Body = (Int, Int) -> Void

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let posted = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let next = Atomic<Int>(0)
    private var body: UnsafePointer<Body>?
    private var chunks = 0
    /// Helpers still called for; a thread that wakes takes one place.
    ///
    /// Changed under `mutex`, watched without it.
    private let open = Atomic<Int>(0)
    /// Helpers at work; changed under `mutex`, watched without it.
    private let busy = Atomic<Int>(0)
    private var closed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(posted, nil)
        pthread_cond_init(finished, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(posted)
        pthread_cond_destroy(finished)
        mutex.deallocate()
        posted.deallocate()
        finished.deallocate()
    }

    func run(chunks: Int, helpers: Int, _ body: UnsafePointer<Body>) {
        pthread_mutex_lock(mutex)
        self.body = body
        self.chunks = chunks
        next.store(0, ordering: .relaxed)
        open.store(helpers, ordering: .releasing)
        for _ in 0..<helpers { pthread_cond_signal(posted) }
        pthread_mutex_unlock(mutex)

        work(body, chunks: chunks, lane: 0)

        pthread_mutex_lock(mutex)
        // All chunks are taken: who has not woken up by now need not come.
        open.store(0, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
        watch { busy.load(ordering: .acquiring) == 0 }
        pthread_mutex_lock(mutex)
        while busy.load(ordering: .relaxed) > 0 { pthread_cond_wait(finished, mutex) }
        self.body = nil
        pthread_mutex_unlock(mutex)
    }

    func serve() {
        pthread_mutex_lock(mutex)
        while !closed {
            let lane = open.load(ordering: .relaxed)
            guard lane > 0, let body else {
                pthread_cond_wait(posted, mutex)
                continue
            }
            // Places are numbered: with few chunks the lanes are the lowest, whichever thread comes.
            open.store(lane &- 1, ordering: .relaxed)
            busy.add(1, ordering: .relaxed)
            let chunks = chunks
            pthread_mutex_unlock(mutex)
            work(body, chunks: chunks, lane: lane)
            pthread_mutex_lock(mutex)
            if busy.subtract(1, ordering: .releasing).newValue == 0 { pthread_cond_signal(finished) }
            pthread_mutex_unlock(mutex)
            watch { open.load(ordering: .relaxed) > 0 }
            pthread_mutex_lock(mutex)
        }
        pthread_mutex_unlock(mutex)
    }

    /// Looks for `condition` for a short while before its caller goes to sleep on it.
    ///
    /// Operations follow each other within microseconds, and waking a thread takes tens of them. The processor is
    /// offered to others between looks, so that a busy machine loses nothing.
    private func watch(_ condition: () -> Bool) {
        for _ in 0..<Limits.poolWatches {
            for _ in 0..<Limits.poolLooks where condition() { return }
            sched_yield()
        }
    }

    func close() {
        pthread_mutex_lock(mutex)
        closed = true
        pthread_cond_broadcast(posted)
        pthread_mutex_unlock(mutex)
    }

    private func work(_ body: UnsafePointer<Body>, chunks: Int, lane: Int) {
        while true {
            let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if chunk >= chunks { return }
            body.pointee(chunk, lane)
        }
    }
}
