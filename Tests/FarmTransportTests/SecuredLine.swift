import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

/// A protected port with its handler of authentication, and the means to knock at it.
struct SecuredLine {
    let loop: SocketLoop
    let context: ZMQContext
    let allowed: AllowList
    let handler: ZAPHandler
    let server: CurveKeyPair
    let router: FrameRouter
    let atRouter = Mailbox<Inbound>()
    let endpoint: String
    let log: TestLog

    init(
        _ domain: Domain = .control, lane: Lane = .fromWorker, handshakeMilliseconds: Int32 = 10_000,
        guarded: (any PortGuard)? = nil
    ) async throws {
        log = TestLog()
        loop = try SocketLoop(name: "secured")
        context = try ZMQContext()
        allowed = AllowList()
        handler = try ZAPHandler(in: context, allowList: allowed, logger: log.logger)
        server = try .make()
        var options = Line.options(lane).secured(by: .server(server, domain))
        options.handshakeMilliseconds = handshakeMilliseconds
        router = FrameRouter(
            on: loop, in: context, lane: lane, options: options, guarded: guarded, into: atRouter,
            logger: log.logger
        ) { $0 }
        endpoint = try await router.bind(to: "tcp://127.0.0.1:0")
    }

    /// Keys that the port admits.
    func admitted(_ name: String = "w1", role: Role = .worker) throws -> CurveKeyPair {
        let keys = try CurveKeyPair.make()
        allowed.admit(Principal(name: name, key: keys.publicKey, role: role, since: 0))
        return keys
    }

    /// A dealer with keys, connecting, and what it finds wrong with its line.
    func dealer(
        _ security: SocketOptions.Security, lane: Lane = .toWorker
    ) async throws -> (FrameDealer, Mailbox<Inbound>, Troubles) {
        let mailbox = Mailbox<Inbound>()
        let troubles = Troubles()
        let dealer = FrameDealer(
            on: loop, in: context, lane: lane, options: Line.options(lane).secured(by: security),
            into: mailbox,
            logger: Line.logger, onTrouble: { troubles.add($0) }
        ) { $0 }
        try await dealer.connect(to: endpoint)
        return (dealer, mailbox, troubles)
    }

    func client(_ keys: CurveKeyPair) -> SocketOptions.Security { .client(keys, server: server.publicKey) }

    /// Sends a frame with an admitted key and waits for it: the port works, and whatever knocked before had no effect.
    func provesAlive() async throws {
        let (dealer, _, _) = try await dealer(client(try admitted("prover-\(UInt64.random(in: 0 ... .max))")))
        await dealer.send(Sample.ready, session: Sample.session)
        #expect(try await atRouter.frame().frame.body == Sample.ready)
        await dealer.disconnect()
    }

    func end(_ dealers: FrameDealer...) async {
        for dealer in dealers { await dealer.disconnect() }
        await router.close()
        await loop.stop()
        context.terminate()
    }
}

/// What a dealer said about its line.
final class Troubles: Sendable {
    private let list = Mutex<[LineTrouble]>([])

    func add(_ trouble: LineTrouble) { list.withLock { $0.append(trouble) } }

    /// Waits for the first one.
    func first() async throws -> LineTrouble {
        while true {
            if let first = list.withLock({ $0.first }) { return first }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Keeps what is logged.
final class TestLog: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
    var all: [String] { lines.withLock { $0 } }

    /// Waits until a line has these words.
    func line(with words: String) async throws -> String {
        while true {
            if let line = all.first(where: { $0.contains(words) }) { return line }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let words = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.lines.withLock { $0.append("\(event.message) \(words.joined(separator: " "))") }
        }
    }
}

/// A TCP connection that does not know ZeroMQ.
final class RawConnection {
    private let descriptor: CInt

    init(to endpoint: String) throws {
        guard let port = UInt16(endpoint.split(separator: ":").last ?? "") else { throw Unexpected(endpoint) }
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failure = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // The end of the object closes the descriptor, also when this throws.
        guard descriptor >= 0, failure == 0 else { throw Unexpected("connect: error \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) }

    /// Whether the other side closes within half a minute; read on a thread that may wait.
    func isClosed() async -> Bool {
        let descriptor = descriptor
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 1024)
                while true {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    if count > 0 { continue }
                    let isSilent = count < 0 && (errno == EAGAIN || errno == EINTR)
                    return continuation.resume(returning: !isSilent)
                }
            }
        }
    }
}
