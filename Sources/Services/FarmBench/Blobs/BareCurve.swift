import FarmKeys
import FarmModel
import FarmTransport
import Glibc
import Logging
import Synchronization

/// What two bare CURVE sockets move on this machine: the same options and messages of a chunk, but no codec, no credit,
/// no digest and no file.
final class BareCurve: Sendable {
    private let server: CurveKeyPair
    private let client: CurveKeyPair
    private let count: Int
    private let endpoint = Mutex<String?>(nil)
    private let measured = Mutex<Double?>(nil)

    /// Prepares to move so many octets.
    init(_ bytes: Int64) throws {
        (server, client) = (try .make(), try .make())
        count = max(2, Int(bytes / Int64(Limits.chunkBytes)))
    }

    /// Octets a second from the first message to the last, once they were moved.
    func rate() throws -> Double {
        guard let seconds = measured.withLock({ $0 }) else { throw FarmBenchError("bare sockets moved nothing") }
        return Double(count - 1) * Double(Limits.chunkBytes) / seconds
    }

    /// Moves them, or stops when `mayGoOn` says no; blocks the calling thread.
    func move(while mayGoOn: () -> Bool) throws {
        let receiver = Background { try self.receive(while: $0) }
        let sender = Background { try self.send(while: $0) }
        while mayGoOn(), !receiver.isOver, !(sender.isOver && measured.withLock { $0 == nil }) {
            usleep(BenchLimits.pollMicroseconds)
        }
        // Whoever failed first says why, and ends the other.
        let outcomes = [receiver, sender].filter(\.isOver).map { task in Result { try task.seconds() } }
        receiver.stop()
        sender.stop()
        while !receiver.isOver || !sender.isOver { usleep(BenchLimits.pollMicroseconds) }
        for outcome in outcomes { _ = try outcome.get() }
    }

    private func receive(while mayGoOn: () -> Bool) throws {
        let context = try ZMQContext()
        defer { context.terminate() }
        let principal = Principal(name: "bare", key: client.publicKey, role: .worker, since: 0)
        let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let handler = try ZAPHandler(in: context, allowList: AllowList([principal]), logger: quiet)
        let socket = try Socket(
            .router, in: context, options: SocketOptions.blob.secured(by: .server(server, .blobs)))
        let bound = try socket.bind("tcp://127.0.0.1:*")
        endpoint.withLock { $0 = bound }
        var (received, start) = (0, Int64(0))
        while received < count, mayGoOn() {
            guard try socket.receive() != nil else {
                BareCurve.wait(for: socket.descriptor)
                continue
            }
            if received == 0 { start = Stopwatch.microseconds }
            received += 1
        }
        if received == count { measured.withLock { $0 = Stopwatch.seconds(since: start) } }
        withExtendedLifetime(handler) {}
    }

    private func send(while mayGoOn: () -> Bool) throws {
        let context = try ZMQContext()
        defer { context.terminate() }
        while endpoint.withLock({ $0 == nil }), mayGoOn() { usleep(BenchLimits.pollMicroseconds) }
        guard let target = endpoint.withLock({ $0 }) else { return }
        let security = SocketOptions.Security.client(client, server: server.publicKey)
        let socket = try Socket(.dealer, in: context, options: SocketOptions.blob.secured(by: security))
        try socket.connect(target)
        let chunk = [UInt8](repeating: 0xA5, count: Limits.chunkBytes)
        var sent = 0
        while sent < count, mayGoOn() {
            if try socket.send(chunk) == .sent { sent += 1 } else { BareCurve.wait(for: socket.descriptor) }
        }
        // Closing would drop what is still queued.
        while measured.withLock({ $0 == nil }), mayGoOn() { usleep(BenchLimits.pollMicroseconds) }
    }

    private static func wait(for descriptor: CInt) {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&item, 1, 1)
    }
}
