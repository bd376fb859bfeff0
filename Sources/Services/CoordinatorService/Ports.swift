import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import Logging

/// The ports of a coordinator, not bound yet.
struct Ports {
    /// The session of all clients.
    let clientSession: SessionID
    let sessions = SessionKeys()
    let owners = BlobOwners()
    let handler: ZAPHandler
    let control: FrameRouter
    let clients: FrameRouter
    let blobs: FrameRouter
    let enrol: FrameRouter
    private let server: PublicKey

    /// Threads that encrypt: one for blobs, and one for everything that must not wait for them.
    static let ioThreads = 2

    /// The handler of authentication comes before any other socket of the context.
    init(
        network: SocketLoop, blobThread: SocketLoop, context: ZMQContext, planner: Mailbox<Planner.Input>,
        blobMailbox: Mailbox<BlobPort.Input>, newcomers: Mailbox<Inbound>, identity: CoordinatorIdentity,
        clientSession: SessionID, logger: Logger
    ) throws(ZMQError) {
        self.clientSession = clientSession
        server = identity.server.publicKey
        handler = try ZAPHandler(in: context, allowList: identity.allowed, logger: logger)
        func options(_ lane: Lane, _ domain: Domain) -> SocketOptions {
            var options = SocketOptions.standard(for: lane).secured(by: .server(identity.server, domain))
            options.ioThread = lane == .blobs ? 1 : 0
            return options
        }
        let allowed = identity.allowed
        control = FrameRouter(
            on: network, in: context, lane: .fromWorker, options: options(.fromWorker, .control),
            guarded: ControlGuard(allowed: allowed, sessions: sessions), into: planner, logger: logger,
            as: { .worker($0) })
        clients = FrameRouter(
            on: network, in: context, lane: .fromClient, options: options(.fromClient, .clients),
            guarded: ClientGuard(allowed: allowed), into: planner, logger: logger, as: { .client($0) })
        blobs = FrameRouter(
            on: blobThread, in: context, lane: .blobs, options: options(.blobs, .blobs),
            guarded: BlobGuard(
                allowed: allowed, sessions: sessions, owners: owners, clientSession: clientSession),
            into: blobMailbox, logger: logger, as: { .inbound($0) })
        enrol = FrameRouter(
            on: network, in: context, lane: .fromNewcomer, options: options(.fromNewcomer, .enrol),
            guarded: EnrolGuard(), into: newcomers, logger: logger, as: { $0 })
    }

    /// Binds all of them, and proves that each but the one of newcomers refuses a stranger.
    func bind(_ configuration: CoordinatorService.Configuration) async throws -> CoordinatorService.Endpoints {
        let endpoints = CoordinatorService.Endpoints(
            control: try await control.bind(to: configuration.control),
            blobs: try await blobs.bind(to: configuration.blobs),
            clients: try await clients.bind(to: configuration.clients),
            enrol: configuration.identity == .kept ? try await enrol.bind(to: configuration.enrol) : nil)
        for (endpoint, domain) in [
            (endpoints.control, Domain.control), (endpoints.blobs, .blobs), (endpoints.clients, .clients),
        ] {
            try handler.requireRefusal(at: endpoint, server: server, port: domain)
        }
        return endpoints
    }

    /// Closes all of them, leaving a moment for last words.
    func close() async {
        for port in [control, clients, blobs, enrol] { await port.close(lingerMilliseconds: 200) }
    }

    /// Says in the log what each port has carried, and what was lost or refused there.
    func logCounters(_ logger: Logger) async {
        for (name, port) in [("control", control), ("clients", clients), ("blobs", blobs), ("enrol", enrol)] {
            let counters = await port.counters
            guard counters.received > 0 || counters.malformed > 0 else { continue }
            let numbers: KeyValuePairs = [
                "received": counters.received, "sent": counters.sent, "malformed": counters.malformed,
                "repeated": counters.repeated, "missing": counters.missing, "unreachable": counters.unreachable,
                "busy": counters.busy,
            ]
            var metadata: Logger.Metadata = ["port": "\(name)"]
            for (word, number) in numbers where number > 0 { metadata[word] = "\(number)" }
            logger.info("frames of a port, all in all", metadata: metadata)
        }
    }
}
