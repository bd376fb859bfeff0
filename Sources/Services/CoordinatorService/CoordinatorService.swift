public import FarmCoordinator
import FarmKeys
public import FarmModel
import FarmProtocol
import FarmStore
import FarmTransport
public import Logging
public import ServiceLifecycle
import Synchronization

/// The coordinator daemon: the machine on a thread of its own, four ports, the store, and the output folders.
///
/// Each of these has a thread: the sockets of control, clients and newcomers; blob sockets; the disk of what comes in
/// there, and of what goes out; the planner with its commits; the writer of output folders; the keeper that sweeps blobs; the comparison of blobs with their
/// names; the enrolment of newcomers. Values travel between them through bounded mailboxes.
public final class CoordinatorService: Service {
    /// How a coordinator is set up.
    public struct Configuration: Sendable {
        /// Folder of the farm's memory.
        public var stateFolder: String
        /// Folder that receives one folder per job.
        public var outputFolder: String
        /// Where workers connect; port 0 takes a free one.
        public var control = "tcp://127.0.0.1:0"
        /// Where workers exchange blobs.
        public var blobs = "tcp://127.0.0.1:0"
        /// Where workers are told to exchange blobs; nil for the bound endpoint.
        public var advertisedBlobs: String?
        /// Where clients connect.
        public var clients = "tcp://127.0.0.1:0"
        /// Where nodes with a join file knock.
        public var enrol = "tcp://127.0.0.1:0"
        /// Where the keys come from.
        public var identity = Identity.kept
        /// Whether workers die with this process, as in a local farm: leases of an earlier start then end at once.
        public var ownsItsWorkers = false
        /// Bounds of what is stored.
        public var storage = Storage()
        /// Timers and budgets of the machine.
        public var machine = Coordinator.Configuration()

        /// Makes a configuration on loopback.
        public init(stateFolder: String, outputFolder: String) {
            self.stateFolder = stateFolder
            self.outputFolder = outputFolder
        }
    }

    /// The bound endpoints.
    public struct Endpoints: Sendable, Hashable {
        /// Where workers connect.
        public var control: String
        /// Where workers exchange blobs.
        public var blobs: String
        /// Where clients connect.
        public var clients: String
        /// Where nodes with a join file knock; nil on a farm with keys of one run, which makes no such files.
        public var enrol: String?
    }

    /// The bound endpoints.
    public let endpoints: Endpoints
    /// News for one watcher; the oldest are dropped if it lags.
    public let notices: AsyncStream<ServiceNotice>

    private let context: ZMQContext
    /// Threads that own sockets.
    private let sockets: [SocketLoop]
    /// Threads that wait for the disk.
    private let workshops: [SocketLoop]
    let ports: Ports
    let identity: CoordinatorIdentity
    let logger: Logger
    private let enrolPort: EnrolPort
    private let newcomers: Mailbox<Inbound>
    private let planner: Planner
    let plannerMailbox: Mailbox<Planner.Input>
    private let blobPort: BlobPort
    private let checker: BlobChecker
    private let blobMailbox: Mailbox<BlobPort.Input>
    private let writer: OutputWriter
    private let keeper: BlobKeeper
    private let store: FarmStore
    private let localReplies: LocalReplies
    private let feed: AsyncStream<ServiceNotice>.Continuation

    /// Opens the state and binds the ports; nothing is served before `run()`.
    ///
    /// - Throws: one-line errors: the state folder is in use or damaged, a port is taken.
    public init(configuration: Configuration, logger: Logger) async throws {
        let files = DescriptorLimit.raise()
        if DescriptorLimit.workers(within: files) < Limits.ordinaryFarm {
            logger.warning(
                "few open files are allowed; raise the limit (ulimit -n) where more workers are to connect",
                metadata: ["files": "\(files)", "workers": "\(DescriptorLimit.workers(within: files))"])
        }
        let store = try FarmStore(
            folder: configuration.stateFolder, blobs: configuration.storage.blobs)
        let context = try ZMQContext(ioThreads: Ports.ioThreads)
        let network = try SocketLoop(name: "atelier-net")
        let blobThread = try SocketLoop(name: "atelier-blob")
        let plannerThread = try SocketLoop(name: "atelier-plan")
        let writerThread = try SocketLoop(name: "atelier-out")
        let keeperThread = try SocketLoop(name: "atelier-keep")
        let enrolThread = try SocketLoop(name: "atelier-enrol")
        let checkThread = try SocketLoop(name: "atelier-check")
        let diskThread = try SocketLoop(name: "atelier-disk")
        let readThread = try SocketLoop(name: "atelier-read")
        let news = AsyncStream.makeStream(of: ServiceNotice.self, bufferingPolicy: .bufferingNewest(Limits.notices))
        let plannerMailbox = Mailbox<Planner.Input>(capacity: Limits.mailbox)
        let blobMailbox = Mailbox<BlobPort.Input>(capacity: Limits.mailbox)

        let snapshot = try store.load()
        let identity = try CoordinatorIdentity(configuration, logger: logger)
        let newcomers = Mailbox<Inbound>(capacity: Limits.newcomers)
        let clientSession = SessionID(store.epoch)
        let ports = try Ports(
            network: network, blobThread: blobThread, context: context, planner: plannerMailbox,
            blobMailbox: blobMailbox, newcomers: newcomers, identity: identity, clientSession: clientSession,
            logger: logger)
        let endpoints: Endpoints
        do {
            endpoints = try await ports.bind(configuration)
            try identity.leaveAccess(at: endpoints)
            // The last thing that may fail: whoever finds this file expects to be served.
            try EndpointsFile(endpoints).write(in: store.folder)
        } catch {
            await ports.close()
            for thread in [
                network, blobThread, plannerThread, writerThread, keeperThread, enrolThread, checkThread, diskThread,
                readThread,
            ] {
                await thread.stop()
            }
            throw error
        }

        let writer = OutputWriter(
            on: writerThread, store: store, output: configuration.outputFolder, logger: logger,
            complete: { news.continuation.yield(.outputsComplete($0, $1)) })
        let replies = LocalReplies()
        let outlets = Planner.Outlets(
            send: { [control = ports.control] letters in
                let frames = letters.map { letter in
                    Outbound(
                        .coordinator(identity.announcing(in: letter.message)), to: letter.route,
                        session: letter.session)
                }
                control.post(frames) { plannerMailbox.offer(.event(.unreachable($0))) }
            },
            reply: { [clients = ports.clients] answers in
                let frames = answers.compactMap { answer in
                    replies.deliver(answer.reply, to: answer.route)
                        ? nil
                        : Outbound(
                            .clientReply(identity.announcing(in: answer.reply)), to: answer.route,
                            session: clientSession)
                }
                guard !frames.isEmpty else { return }
                // Nobody is left waiting for an answer that cannot be put into a frame.
                clients.post(frames) { _ in
                } insteadOf: { frame, error in
                    let words = "the answer cannot be sent: \(error)"
                    return Outbound(.clientReply(.refused(words)), to: frame.route, session: frame.session)
                }
            },
            publish: { writer.orders.note($0.task.job) },
            jobEnded: { writer.orders.finish($0) },
            recovered: { writer.orders.recover($0) },
            notify: { news.continuation.yield(.farm($0)) },
            stopped: {
                writer.orders.close()
                await writer.close($0)
            })
        var machine = configuration.machine
        machine.blobEndpoint = configuration.advertisedBlobs ?? endpoints.blobs
        planner = Planner(
            on: plannerThread, mailbox: plannerMailbox, store: store, configuration: machine, outlets: outlets,
            snapshot: snapshot, logger: logger)
        if configuration.ownsItsWorkers { plannerMailbox.offer(.event(.formerWorkersEnded)) }
        checker = BlobChecker(
            on: checkThread, blobs: store.blobs, logger: logger, lost: { plannerMailbox.append(.blobLost($0)) })
        let blobWriter = BlobWriter(
            on: diskThread, blobs: store.blobs, logger: logger,
            report: { blobMailbox.append(.stored($0, $1, octets: $2)) })
        let blobReader = BlobReader(
            on: readThread, blobs: store.blobs, logger: logger, report: { blobMailbox.append(.loaded($0, $1)) })
        blobPort = BlobPort(
            on: blobThread, mailbox: blobMailbox, router: ports.blobs, blobs: store.blobs, owners: ports.owners,
            checker: checker, writer: blobWriter, reader: blobReader, clients: clientSession, logger: logger)
        CoordinatorService.missingCheckpoints(in: snapshot, store.blobs).forEach { lost in
            plannerMailbox.offer(.event(.checkpointLost(lost.task, lost.digest)))
        }
        keeper = BlobKeeper(on: keeperThread, store: store, rules: configuration.storage.rules, logger: logger)
        enrolPort = EnrolPort(
            on: enrolThread, mailbox: newcomers, router: ports.enrol, identity: identity, logger: logger)
        self.identity = identity
        self.logger = logger
        self.newcomers = newcomers
        self.endpoints = endpoints
        notices = news.stream
        feed = news.continuation
        self.context = context
        sockets = [network, blobThread]
        workshops = [plannerThread, writerThread, keeperThread, enrolThread, checkThread, diskThread, readThread]
        self.ports = ports
        self.plannerMailbox = plannerMailbox
        self.blobMailbox = blobMailbox
        self.writer = writer
        self.store = store
        localReplies = replies
    }

    /// Serves until a graceful shutdown, or until the store fails.
    public func run() async throws {
        let failure = await withGracefulShutdownHandler {
            await serve()
        } onGracefulShutdown: {
            self.plannerMailbox.finish()
        }
        if let failure { throw failure }
    }

    /// Serves until the planner ends, then ends everything else; what the planner failed with, if it did.
    private func serve() async -> (any Error)? {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.blobPort.run() }
            group.addTask { await self.writer.run() }
            group.addTask { await self.keeper.run() }
            group.addTask { [orders = writer.orders] in
                while (try? await Task.sleep(for: Limits.outputTick)) != nil { orders.ring() }
            }
            group.addTask { await self.enrolPort.run() }
            group.addTask { await self.watchKeys() }
            group.addTask { [blobMailbox] in
                while (try? await Task.sleep(for: Limits.transferTick)) != nil { blobMailbox.offer(.tick) }
            }
            defer { group.cancelAll() }
            do {
                try await planner.run()
                await shutDown()
                return nil
            } catch {
                await shutDown()
                return error
            }
        }
    }

    /// Stops serving; jobs that have not ended are marked as interrupted in their manifests.
    ///
    /// - Returns: where the outputs of each job are.
    @discardableResult
    public func stop() async -> [JobID: JobOutputs] {
        plannerMailbox.finish()
        return await writer.outputsWhenClosed()
    }

    private func shutDown() async {
        EndpointsFile.remove(in: store.folder)
        await refuseWaiting()
        blobMailbox.finish()
        checker.stop()
        newcomers.finish()
        await ports.close()
        await ports.logCounters(logger)
        feed.finish()
        for thread in sockets { await thread.stop() }
        context.terminate()
        for thread in workshops { await thread.stop() }
        try? store.close()
    }

    /// Answers what will not be dealt with any more, so that nobody waits for ever.
    private func refuseWaiting() async {
        plannerMailbox.finish()
        while true {
            let rest = await plannerMailbox.next(upTo: Limits.batch)
            if rest.isEmpty { break }
            for case .status(_, let answer) in rest { answer([]) }
        }
        localReplies.refuseAll("the coordinator has stopped")
    }

    // MARK: - Requests of this process

    /// Submits a job; the same key again gives the same job, whose failed tasks are then queued again.
    ///
    /// Throws `RequestRefused`.
    public func submit(_ spec: JobSpec, key: Digest) async throws -> JobID {
        guard case .submitted(let job, let isNew) = try await request(.submit(spec, key: key)) else {
            throw RequestRefused("the coordinator gave no number to the job")
        }
        if !isNew { _ = try await request(.command(.retryFailed, job)) }
        let status = try await status(of: job)
        // Nothing more will happen to a job that ended before: what belongs to it is made complete now.
        if status.isEnded { writer.orders.finish(status) }
        return job
    }

    /// How a job stands.
    ///
    /// - Throws: `RequestRefused` if there is no such job.
    public func status(of job: JobID) async throws -> JobStatus {
        let found = await withCheckedContinuation { continuation in
            if !plannerMailbox.offer(.status(job, { continuation.resume(returning: $0) })) {
                continuation.resume(returning: [])
            }
        }
        guard let status = found.first else { throw RequestRefused("there is no \(job)") }
        return status
    }

    private func request(_ message: ClientMessage) async throws -> ClientReply {
        let reply = await withCheckedContinuation { continuation in
            let route = localReplies.expect { continuation.resume(returning: $0) }
            if !plannerMailbox.offer(.event(.clientSaid(message, route: route))) {
                let reason = plannerMailbox.isFinished ? "the coordinator is stopping" : "the coordinator is overrun"
                _ = localReplies.deliver(.refused("\(reason); ask again later"), to: route)
            }
        }
        if case .refused(let reason) = reply { throw RequestRefused(reason) }
        return reply
    }
}

/// The coordinator did not do what was asked, and says why in one line.
public struct RequestRefused: Error, CustomStringConvertible {
    /// The reason.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Return addresses of requests that this process makes itself.
final class LocalReplies: Sendable {
    private struct State {
        var count: UInt64 = 0
        var waiting: [Route: @Sendable (ClientReply) -> Void] = [:]
    }

    private let state = Mutex(State())

    /// A fresh address, and what to do with the answer that comes to it.
    func expect(_ answer: @escaping @Sendable (ClientReply) -> Void) -> Route {
        state.withLock { state in
            state.count += 1
            let route = Route(Array("here-\(state.count)".utf8))
            state.waiting[route] = answer
            return route
        }
    }

    /// Refuses every request that waits.
    func refuseAll(_ reason: String) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for answer in waiting { answer(.refused(reason)) }
    }

    /// Hands an answer to whoever waits at an address here; false if nobody does.
    func deliver(_ reply: ClientReply, to route: Route) -> Bool {
        let answer = state.withLock { $0.waiting.removeValue(forKey: route) }
        answer?(reply)
        return answer != nil
    }
}
