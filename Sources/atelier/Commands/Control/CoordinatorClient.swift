import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging

/// A client's line to a coordinator: one question, one answer.
final class CoordinatorClient: FarmLine {
    private let endpoint: String
    private let loop: SocketLoop
    private let context: ZMQContext
    private let dealer: FrameDealer
    private let mailbox: Mailbox<Inbound>

    /// The coordinator's number for this dialogue.
    private var session = SessionID.none
    /// Where the coordinator exchanges blobs; empty where it does not say.
    private var blobEndpoint = ""

    /// Nobody answered in time.
    struct NoAnswer: Error, CustomStringConvertible {
        let endpoint: String

        var description: String {
            "no answer from \(endpoint) within \(Limits.clientPatience); is a coordinator running there?"
        }
    }

    /// Connects and opens the dialogue; throws `UserError` if nobody answers there.
    static func connect(to endpoint: String) async throws -> CoordinatorClient {
        do { return try await open(endpoint) } catch let error as NoAnswer { throw UserError("\(error)") }
    }

    /// As `connect`, but waits for as long as it takes after somebody answered there once.
    static func reconnect(to endpoint: String) async throws -> CoordinatorClient {
        while true {
            do { return try await open(endpoint) } catch is NoAnswer { try Task.checkCancellation() }
        }
    }

    private static func open(_ endpoint: String) async throws -> CoordinatorClient {
        let client: CoordinatorClient
        do {
            client = try CoordinatorClient(endpoint)
            try await client.dealer.connect(to: endpoint)
        } catch {
            throw UserError("--connect \(endpoint): \(error)")
        }
        do {
            if case .opened(_, let blobs) = try await client.question(.open) { client.blobEndpoint = blobs }
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private init(_ endpoint: String) throws {
        self.endpoint = endpoint
        loop = try SocketLoop(name: "atelier-cli")
        context = try ZMQContext()
        mailbox = Mailbox(capacity: 64)
        var logger = Logger(label: "atelier.client") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        dealer = FrameDealer(on: loop, in: context, lane: .toClient, into: mailbox, logger: logger) { $0 }
    }

    /// Brings files to the coordinator; throws `UserError` if it takes none or one cannot be sent.
    func send(_ files: [(sha256: String, path: String)]) async throws {
        guard !blobEndpoint.isEmpty else {
            throw UserError("the coordinator at \(endpoint) takes no files; give --no-upload if its workers have them")
        }
        let reachable = Endpoint.resolve(blobEndpoint, reachedAt: endpoint)
        try await FileUploads(to: reachable, session: session, loop: loop, context: context).send(files)
    }

    /// Asks and waits for the answer; throws `UserError` if it is a refusal or none comes.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        do { return try await question(message) } catch let error as NoAnswer { throw UserError("\(error)") }
    }

    /// As `ask`, but throws `NoAnswer` if none comes.
    func question(_ message: ClientMessage) async throws -> ClientReply {
        let outcome = await dealer.send(.client(message), session: session)
        guard outcome == .sent || outcome == .queued else {
            throw UserError("the question could not be sent to \(endpoint): \(outcome)")
        }
        let mailbox = mailbox
        let answer = await withTaskGroup(of: [Inbound]?.self) { group in
            group.addTask { await mailbox.next(upTo: 1) }
            group.addTask {
                try? await Task.sleep(for: Limits.clientPatience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch answer?.first {
        case .frame(let frame, _):
            session = frame.session
            switch frame.body {
            case .clientReply(.refused(let reason)): throw UserError("the coordinator refuses: \(reason)")
            case .clientReply(let reply): return reply
            case .error(let error): throw UserError("the coordinator complains: \(error.detail)")
            case .worker, .coordinator, .blob, .client:
                throw UserError("\(endpoint) is no client port of a coordinator")
            }
        case .broken(let error, _): throw UserError("\(endpoint) does not speak this protocol: \(error)")
        case nil: throw NoAnswer(endpoint: endpoint)
        }
    }

    /// Closes the connection.
    func close() async {
        await dealer.disconnect()
        await loop.stop()
        context.terminate()
    }
}
