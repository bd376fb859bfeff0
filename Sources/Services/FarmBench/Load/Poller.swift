import CLinux
import Glibc

/// Says which of many descriptors are readable, at a cost that does not grow with their number.
final class Poller {
    private let descriptor: CInt
    private var events = [epoll_event](repeating: epoll_event(), count: 64)

    init() throws {
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw FarmBenchError("cannot wait for sockets: error \(errno)") }
    }

    deinit { close(descriptor) }

    /// Watches a descriptor under a number.
    func add(_ watched: CInt, as number: Int) throws {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = UInt64(number)
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0 else {
            throw FarmBenchError("cannot wait for a socket: error \(errno)")
        }
    }

    /// The numbers of readable descriptors, up to 64 of them, after so many milliseconds at most.
    func wait(milliseconds: Int64) -> [Int] {
        let count = epoll_wait(descriptor, &events, CInt(events.count), CInt(milliseconds))
        return events.prefix(max(0, Int(count))).map { Int($0.data.u64) }
    }
}
