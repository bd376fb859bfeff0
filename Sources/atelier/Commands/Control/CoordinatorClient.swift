import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging

/// A client's line to a coordinator: one question, one answer.
final class CoordinatorClient: FarmLine {
    private let endpoint: String
    private let security: SocketOptions.Security
    private let loop: SocketLoop
    private let context: ZMQContext
    private let dealer: FrameDealer
    private let mailbox: Mailbox<Heard>

    private enum Heard: Sendable {
        case frame(Inbound)
        case trouble(LineTrouble)
    }

    /// The coordinator's number for this dialogue.
    private var session = SessionID.none
    /// Where the coordinator exchanges blobs; empty where it does not say.
    private var blobEndpoint = ""

    /// Nobody answered in time.
    struct NoAnswer: Error, CustomStringConvertible {
        let endpoint: String

        var description: String {
            "nobody answers at \(endpoint); is the coordinator running, and is its port reachable from here?"
        }
    }

    /// Connects and opens the dialogue; throws `UserError` if nobody answers there.
    static func connect(to address: FarmAddress) async throws -> CoordinatorClient {
        do { return try await open(address) } catch let error as NoAnswer { throw UserError("\(error)") }
    }

    /// As `connect`, but waits for as long as it takes after somebody answered there once.
    static func reconnect(to address: FarmAddress) async throws -> CoordinatorClient {
        while true {
            do { return try await open(address) } catch is NoAnswer { try Task.checkCancellation() }
        }
    }

    /// A coordinator that has another key by now, which the access file announces, is known by that one from then on.
    private static func open(_ address: FarmAddress) async throws -> CoordinatorClient {
        do {
            return try await openOnce(address)
        } catch let error as WrongServer {
            var address = address
            guard let next = address.access.nextServer else { throw UserError("\(error)") }
            (address.access.server, address.access.nextServer) = (next, address.access.server)
            let client: CoordinatorClient
            do { client = try await openOnce(address) } catch is WrongServer { throw UserError("\(error)") }
            // Where that cannot be kept, the next command tries both again.
            try? address.access.write(to: address.file)
            return client
        }
    }

    /// Somebody answers, but with another key.
    private struct WrongServer: Error, CustomStringConvertible {
        let description: String
    }

    private static func openOnce(_ address: FarmAddress) async throws -> CoordinatorClient {
        let client: CoordinatorClient
        do {
            client = try CoordinatorClient(address)
            try await client.dealer.connect(to: address.endpoint, security: client.security)
        } catch {
            throw UserError("\(address.endpoint): \(error)")
        }
        do {
            if case .opened(_, let blobs) = try await client.question(.open) { client.blobEndpoint = blobs }
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private init(_ address: FarmAddress) throws {
        endpoint = address.endpoint
        security = .client(address.access.keys, server: address.access.server)
        loop = try SocketLoop(name: "atelier-cli")
        context = try ZMQContext()
        let mailbox = Mailbox<Heard>(capacity: 64)
        self.mailbox = mailbox
        dealer = FrameDealer(
            on: loop, in: context, lane: .toClient, into: mailbox, logger: .quietClient,
            onTrouble: { mailbox.offer(.trouble($0)) }
        ) { .frame($0) }
    }

    /// Brings files to the coordinator; throws `UserError` if it takes none or one cannot be sent.
    func send(_ files: [(sha256: String, path: String)]) async throws {
        guard !blobEndpoint.isEmpty else {
            throw UserError("the coordinator at \(endpoint) takes no files; give --no-upload if its workers have them")
        }
        let reachable = Endpoint.resolve(blobEndpoint, reachedAt: endpoint)
        try await FileUploads(to: reachable, session: session, security: security, loop: loop, context: context)
            .send(files)
    }

    /// Asks and waits for the answer, which may be a refusal; throws `FarmFailure` if none comes.
    func reply(to message: ClientMessage) async throws -> ClientReply {
        do { return try await hear(message) } catch is NoAnswer {
            throw FarmFailure(
                "\(endpoint) took the question and does not answer; it may have acted on it all the same, and giving "
                    + "the same command again does no harm")
        }
    }

    /// As `ask`, but throws `NoAnswer` if none comes.
    func question(_ message: ClientMessage) async throws -> ClientReply {
        let reply = try await hear(message)
        if case .refused(let reason) = reply { throw UserError("the coordinator refuses: \(reason)") }
        return reply
    }

    private func hear(_ message: ClientMessage) async throws -> ClientReply {
        let outcome = await dealer.send(.client(message), session: session)
        guard outcome == .sent || outcome == .queued else {
            throw UserError("the question could not be sent to \(endpoint): \(outcome)")
        }
        switch await mailbox.next(upTo: 1, within: Limits.clientPatience).first {
        case .frame(.frame(let frame, _)):
            session = frame.session
            switch frame.body {
            case .clientReply(let reply): return reply
            case .error(let error): throw UserError("the coordinator complains: \(error.detail)")
            case .worker, .coordinator, .blob, .client, .newcomer, .enrolReply:
                throw UserError("\(endpoint) is no client port of a coordinator")
            }
        case .frame(.broken(let error, _)): throw UserError("\(endpoint) does not speak this protocol: \(error)")
        case .trouble(.noAnswer), nil: throw NoAnswer(endpoint: endpoint)
        case .trouble(.wrongServer) where session == .none:
            throw WrongServer(description: "\(endpoint): \(LineTrouble.wrongServer)")
        case .trouble(let trouble): throw UserError("\(endpoint): \(trouble)")
        }
    }

    /// Closes the connection.
    func close() async {
        await dealer.disconnect()
        await loop.stop()
        context.terminate()
    }
}
