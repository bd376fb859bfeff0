import Glibc

/// One direction of a proxied connection: bytes that came and wait to go on.
struct Pipe {
    private var chunks: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []
    private(set) var count = 0
    /// The sender has said all.
    private(set) var isEnded = false
    /// The receiver was told so.
    private var isShut = false
    /// Nothing goes on before.
    var stalledUntil: ContinuousClock.Instant?
    /// What comes before `delayedUntil` waits this long.
    var delay: Duration = .zero
    var delayedUntil: ContinuousClock.Instant?

    var wantsToRead: Bool { !isEnded && count < Limits.pipeBytes }

    /// Whether there is something to write now.
    func isDue(_ now: ContinuousClock.Instant) -> Bool {
        if let stalledUntil, now < stalledUntil { return false }
        if let first = chunks.first { return first.due <= now }
        return isEnded && !isShut
    }

    /// Whether nothing more will come or go.
    var isDone: Bool { isEnded && chunks.isEmpty && isShut }

    /// Reads what is there; false if the connection broke.
    mutating func read(from socket: Int32, now: ContinuousClock.Instant) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let length = recv(socket, &bytes, bytes.count, 0)
        if length < 0 { return errno == EAGAIN || errno == EINTR }
        if length == 0 {
            isEnded = true
            return true
        }
        bytes.removeLast(bytes.count - length)
        let late = delayedUntil.map { now < $0 } ?? false
        // Order holds: nothing overtakes what waits.
        let due = max(chunks.last?.due ?? now, late ? now + delay : now)
        chunks.append((due, bytes))
        count += length
        return true
    }

    /// Writes what is due; false if the connection broke.
    mutating func write(to socket: Int32, now: ContinuousClock.Instant) -> Bool {
        while let first = chunks.first, first.due <= now {
            let sent = send(socket, first.bytes, first.bytes.count, Int32(MSG_NOSIGNAL))
            if sent < 0 { return errno == EAGAIN || errno == EINTR }
            count -= sent
            guard sent == first.bytes.count else {
                chunks[0].bytes.removeFirst(sent)
                return true
            }
            chunks.removeFirst()
        }
        if isEnded, chunks.isEmpty { shut(socket) }
        return true
    }

    /// Ends the stream towards a side before its time.
    mutating func halfClose(_ socket: Int32) {
        chunks = []
        count = 0
        isEnded = true
        shut(socket)
    }

    /// Ends all faults.
    mutating func heal(_ now: ContinuousClock.Instant) {
        stalledUntil = nil
        delayedUntil = nil
        for index in chunks.indices { chunks[index].due = now }
    }

    private mutating func shut(_ socket: Int32) {
        guard !isShut else { return }
        isShut = true
        shutdown(socket, Int32(SHUT_WR))
    }
}
