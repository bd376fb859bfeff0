import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Logging

/// A client's line to a coordinator: one question, one answer.
final class FarmClient: Sendable {
    /// Why there was no answer; the question may have been heard nevertheless.
    struct NoAnswer: Error, CustomStringConvertible {
        let description: String
    }

    /// The coordinator said no.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private let loop: SocketLoop
    private let context: ZMQContext
    private let dealer: FrameDealer
    private let mailbox = Mailbox<Inbound>(capacity: 64)
    /// The coordinator's number for this dialogue.
    let session: SessionID

    /// Connects with the administrator's keys of a coordinator on this machine, and opens the dialogue.
    init(to endpoint: String, state: String, patience: Duration = Limits.patience) async throws {
        let access: AccessFile
        do { access = try AccessFile(at: KeyFolder.accessFile(in: state)) } catch {
            throw NoAnswer(description: "\(error)")
        }
        loop = try SocketLoop(name: "chaos-client")
        context = try ZMQContext()
        var logger = Logger(label: "chaos.client") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        dealer = FrameDealer(on: loop, in: context, lane: .toClient, into: mailbox, logger: logger) { $0 }
        do {
            try await dealer.connect(to: endpoint, security: .client(access.keys, server: access.server))
            session = try await FarmClient.ask(.open, .none, dealer, mailbox, patience).session
        } catch {
            await dealer.disconnect()
            await loop.stop()
            context.terminate()
            throw error
        }
    }

    /// Asks and waits for the answer; after an error the client is to be closed, since a late answer may still come.
    func ask(_ message: ClientMessage, patience: Duration = Limits.patience) async throws -> ClientReply {
        try await FarmClient.ask(message, session, dealer, mailbox, patience).reply
    }

    func close() async {
        await dealer.disconnect()
        await loop.stop()
        context.terminate()
    }

    private static func ask(
        _ message: ClientMessage, _ session: SessionID, _ dealer: FrameDealer, _ mailbox: Mailbox<Inbound>,
        _ patience: Duration
    ) async throws -> (reply: ClientReply, session: SessionID) {
        let outcome = await dealer.send(.client(message), session: session)
        guard outcome == .sent || outcome == .queued else { throw NoAnswer(description: "not sent: \(outcome)") }
        let answer = await mailbox.next(upTo: 1, within: patience)
        switch answer.first {
        case .frame(let frame, _):
            guard case .clientReply(let reply) = frame.body else {
                throw NoAnswer(description: "an answer of another kind: \(frame.body.command)")
            }
            if case .refused(let reason) = reply { throw Refused(description: reason) }
            return (reply, frame.session)
        case .broken(let error, _): throw NoAnswer(description: "\(error)")
        case nil: throw NoAnswer(description: "no answer within \(patience)")
        }
    }
}
