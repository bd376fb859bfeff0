import FarmModel
import FarmProtocol
import FarmTransport
import Logging
import Testing

/// A router and the means to make dealers to it, on loopback and a free port.
struct Line {
    let loop: SocketLoop
    let context: ZMQContext
    let router: FrameRouter
    let atRouter: Mailbox<Inbound>
    let endpoint: String

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Options of the lane, except that nobody waits long for a reconnection.
    static func options(_ lane: Lane) -> SocketOptions {
        var options = SocketOptions.standard(for: lane)
        options.reconnectMilliseconds = 10
        options.reconnectMaximumMilliseconds = 20
        return options
    }

    init(_ lane: Lane, name: String = "line", mailbox: Int = 4096, endpoint: String = "tcp://127.0.0.1:0") async throws
    {
        loop = try SocketLoop(name: name)
        context = try ZMQContext()
        atRouter = Mailbox(capacity: mailbox)
        router = FrameRouter(
            on: loop, in: context, lane: lane, options: Line.options(lane), into: atRouter, logger: Line.logger
        ) { $0 }
        self.endpoint = try await router.bind(to: endpoint)
    }

    /// A dealer that hears what comes on a lane, connected.
    func dealer(_ lane: Lane, mailbox: Int = 4096) async throws -> (FrameDealer, Mailbox<Inbound>) {
        let mailbox = Mailbox<Inbound>(capacity: mailbox)
        let dealer = FrameDealer(
            on: loop, in: context, lane: lane, options: Line.options(lane), into: mailbox, logger: Line.logger
        ) { $0 }
        try await dealer.connect(to: endpoint)
        return (dealer, mailbox)
    }

    /// A bare socket that can break every rule.
    func stranger() throws -> Socket {
        let socket = try Socket(.dealer, in: context, options: Line.options(.blobs))
        try socket.connect(endpoint)
        return socket
    }

    func end(_ dealers: FrameDealer...) async {
        for dealer in dealers { await dealer.disconnect() }
        await router.close()
        await loop.stop()
        context.terminate()
    }
}

extension Mailbox where Element == Inbound {
    /// The next frame and where it came from.
    func frame() async throws -> (frame: Frame, route: Route) {
        guard case .frame(let frame, let route) = try #require(await next(upTo: 1).first) else {
            throw Unexpected("no frame came")
        }
        return (frame, route)
    }

    /// The next broken dialogue.
    func broken() async throws -> (error: FrameError, route: Route) {
        guard case .broken(let error, let route) = try #require(await next(upTo: 1).first) else {
            throw Unexpected("a frame came")
        }
        return (error, route)
    }
}

extension Socket {
    /// Sends parts as one message as soon as the connection is up.
    func send(patiently parts: [UInt8]...) async throws { try await send(patiently: parts) }

    func send(patiently parts: [[UInt8]]) async throws {
        for (index, part) in parts.enumerated() {
            while try send(part, more: index < parts.count - 1) != .sent { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    /// Waits for a message.
    func receivePatiently() async throws -> [UInt8] {
        while true {
            if let message = try receive() { return try #require(message.parts.first) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

struct Unexpected: Error {
    let what: String

    init(_ what: String) { self.what = what }
}

/// Frames that several tests use.
enum Sample {
    static let session = SessionID(9)
    static let attempt = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
    static let ready = FrameBody.worker(.ready(free: 1))

    static func bytes(_ body: FrameBody, sequence: UInt64 = 1, session: SessionID = Sample.session) throws -> [UInt8] {
        try Frame(session: session, sequence: sequence, body: body).encoded()
    }

    static var digest: Digest {
        guard let digest = Digest([UInt8](repeating: 5, count: 32)) else { preconditionFailure("32 octets") }
        return digest
    }
}
