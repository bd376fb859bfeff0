import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging

/// A client's line to a coordinator: one question, one answer.
final class CoordinatorClient: AnsweringFarm {
    private let endpoint: String
    private let security: SocketOptions.Security
    private let loop: SocketLoop
    private let context: ZMQContext
    private let dealer: FrameDealer
    private let mailbox: Mailbox<Heard>

    /// The coordinator's number for this dialogue.
    private var session = SessionID.none
    /// What the coordinator said of itself.
    private var opened = Opened(epoch: 0)

    /// Nobody answered in time.
    struct NoAnswer: Error, CustomStringConvertible {
        let endpoint: String

        var description: String {
            "nobody answers at \(endpoint); is the coordinator running, and is its port reachable from here?"
        }
    }

    /// Connects and opens the dialogue; throws `UserError` if nobody answers there.
    static func connect(to address: CoordinatorAddress) async throws -> CoordinatorClient {
        do { return try await open(address) } catch let error as NoAnswer { throw UserError("\(error)") }
    }

    /// As `connect`, but waits for as long as it takes after somebody answered there once.
    static func reconnect(to address: CoordinatorAddress) async throws -> CoordinatorClient {
        while true {
            do { return try await open(address) } catch is NoAnswer { try Task.checkCancellation() }
        }
    }

    /// A coordinator that has another key by now, which it or the access file announced, is known by that one from then
    /// on; and what it announces is kept for then.
    private static func open(_ address: CoordinatorAddress) async throws -> CoordinatorClient {
        var access = address.access
        let client: CoordinatorClient
        do {
            client = try await openOnce(address)
        } catch let error as WrongServer {
            guard access.turnToNext() else { throw UserError("\(error)") }
            let turned = CoordinatorAddress(endpoint: address.endpoint, access: access, file: address.file)
            do { client = try await openOnce(turned) } catch is WrongServer { throw UserError("\(error)") }
        }
        _ = access.note(next: client.opened.nextServerKey.flatMap(PublicKey.init(bytes:)))
        // Where that cannot be kept, the next command tries both keys again, or is told again.
        if access != address.access { try? access.write(to: address.file) }
        return client
    }

    private static func openOnce(_ address: CoordinatorAddress) async throws -> CoordinatorClient {
        let client: CoordinatorClient
        do {
            client = try CoordinatorClient(address)
            try await client.dealer.connect(to: address.endpoint, security: client.security)
        } catch {
            throw UserError("\(address.endpoint): \(error)")
        }
        do {
            if case .opened(let opened) = try await client.question(.open) { client.opened = opened }
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private init(_ address: CoordinatorAddress) throws {
        endpoint = address.endpoint
        security = .client(address.access.keys, server: address.access.server)
        loop = try SocketLoop(name: "atelier-cli")
        context = try ZMQContext()
        (dealer, mailbox) = Heard.line(.toClient, on: loop, in: context)
    }

    /// Brings files to the coordinator; throws `UserError` if it takes none or one cannot be sent.
    func send(_ files: [(sha256: String, path: String)]) async throws {
        guard !opened.blobEndpoint.isEmpty else {
            throw UserError("the coordinator at \(endpoint) takes no files; give --no-upload if its workers have them")
        }
        let reachable = Endpoint.resolve(opened.blobEndpoint, reachedAt: endpoint)
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
        if let feature = message.neededFeature, !opened.features.contains(feature.rawValue) {
            throw UserError(
                "the coordinator at \(endpoint) does not say that it can do this, as an older release would not; update it"
            )
        }
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
            throw WrongServer(endpoint: endpoint)
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
