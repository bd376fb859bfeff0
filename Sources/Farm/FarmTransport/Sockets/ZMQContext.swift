import CZeroMQ
import Glibc
import Synchronization

/// A libzmq context: the I/O threads and all sockets made in it.
///
/// Every socket keeps its context alive. The order at the end of a process is: close the routers and dealers, stop the
/// loop, `terminate()`.
public final class ZMQContext: @unchecked Sendable {  // guarded by libzmq: a context may be used from any thread
    let handle: UnsafeMutableRawPointer
    private let isTerminated = Atomic(false)

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - ioThreads: 1, and one more for each Gb/s of encrypted blob traffic.
    ///   - sockets: How many sockets it may have at once.
    /// - Throws: `ZMQError` when the process has no descriptors left.
    public init(ioThreads: Int = 1, sockets: Int = 1023) throws(ZMQError) {
        precondition((1...64).contains(ioThreads), "\(ioThreads) I/O threads; 1 to 64 are sensible")
        guard let handle = zmq_ctx_new() else { throw ZMQError("make a context") }
        self.handle = handle
        guard zmq_ctx_set(handle, ZMQ_IO_THREADS, CInt(ioThreads)) == 0 else { throw ZMQError("set I/O threads") }
        guard zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, CInt(sockets)) == 0 else { throw ZMQError("set sockets") }
    }

    /// Makes every operation on sockets that are still open fail, so that their owners close them; waits until all are
    /// closed and have sent what they may linger on, then ends the I/O threads.
    ///
    /// Blocks the calling thread; call it last, when all routers and dealers are closed.
    public func terminate() {
        guard !isTerminated.exchange(true, ordering: .acquiringAndReleasing) else { return }
        while zmq_ctx_term(handle) != 0, zmq_errno() == EINTR {}
    }

    deinit { terminate() }
}
