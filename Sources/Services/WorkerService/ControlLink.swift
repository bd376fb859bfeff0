import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import FarmWorker
import Logging

/// The worker's control connection: a new socket per session.
struct ControlLink: Sendable {
    private let endpoint: String
    private let identity: WorkerIdentity
    private let dealer: FrameDealer
    private let logger: Logger
    private let mailbox: Mailbox<WorkerShell.Input>

    init(
        endpoint: String, identity: WorkerIdentity, loop: SocketLoop, context: ZMQContext, logger: Logger,
        mailbox: Mailbox<WorkerShell.Input>
    ) {
        self.endpoint = endpoint
        self.logger = logger
        self.identity = identity
        self.mailbox = mailbox
        dealer = FrameDealer(
            on: loop, in: context, lane: .toWorker, into: mailbox, logger: logger,
            onTrouble: { trouble in
                identity.note(trouble, at: endpoint)
                // This socket will not come up any more; the machine makes another after a pause.
                if trouble != .noAnswer { mailbox.append(.machine(.disconnected(reason: "\(trouble)"))) }
            }
        ) { .wire($0) }
    }

    func connect() async {
        do {
            try await dealer.connect(to: endpoint, security: identity.security)
        } catch {
            // The machine notices the silence and tries again; the log says why it is silent.
            logger.error("cannot connect", metadata: ["endpoint": "\(endpoint)", "error": "\(error)"])
        }
    }

    func send(_ message: WorkerMessage, session: SessionID) async {
        // What is lost here is repeated: every message that matters has an answer.
        let outcome = await dealer.send(.worker(message), session: session)
        // A result that no frame takes would be tried for ever; another program may have left it in the outbox.
        if case .refused(let error) = outcome, case .succeeded(let attempt, _) = message {
            mailbox.append(.machine(.outputLost(attempt, reason: "it cannot be reported: \(error)")))
        }
    }

    func close() async { await dealer.disconnect(lingerMilliseconds: 500) }

    /// The endpoint as seen from here: a coordinator that listens on all addresses cannot name the one that we reach.
    func resolve(_ announced: String) -> String { Endpoint.resolve(announced, reachedAt: endpoint) }

    /// What a frame means to the machine; nil for complaints that end nothing.
    func event(for inbound: Inbound) -> WorkerMachine.Event? {
        switch inbound {
        case .frame(let frame, _):
            switch frame.body {
            case .coordinator(let message):
                if case .welcome(let welcome) = message {
                    identity.connected(nextServerKey: welcome.nextServerKey.flatMap(PublicKey.init(bytes:)))
                    let lacking = Feature.ofWorkers.filter { !welcome.features.contains($0.rawValue) }
                    if !lacking.isEmpty {
                        let words = lacking.map(\.rawValue).joined(separator: ", ")
                        logger.warning("the coordinator is of an older release", metadata: ["lacks": "\(words)"])
                    }
                }
                return .coordinatorSaid(message, session: frame.session)
            case .error(let error):
                logger.warning("the coordinator complains", metadata: ["detail": "\(error.detail)"])
                return error.isFatal ? .disconnected(reason: error.detail) : nil
            case .worker, .blob, .client, .clientReply, .newcomer, .enrolReply:
                return nil
            }
        case .broken(let error, _):
            return .disconnected(reason: "\(error)")
        }
    }
}
