import ArgumentParser
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging
import OrderedCollections

/// `atelier submit`: hands a template to a running coordinator.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a sweep to a running coordinator.",
        discussion: """
            The template is checked here, against the models it names, before anything is sent. Submitting the same \
            template again does not start it again. Models and pictures that the coordinator lacks are sent to it, and \
            from there to workers; --no-upload leaves that out where all machines see the same files.

              atelier submit sweep.yaml --connect tcp://127.0.0.1:7403 --wait
            """)

    @Argument(help: ArgumentHelp("A template.", valueName: "template.yaml"))
    var template: String

    @Option(help: ArgumentHelp("Client endpoint of the coordinator.", valueName: "endpoint"))
    var connect: String

    @Flag(help: "Return when the job has ended; exit with 1 if a task failed.")
    var wait = false

    @Flag(help: "Send no files: workers see them at the same paths.")
    var noUpload = false

    @OptionGroup var store: StoreFlags

    func run() async throws {
        let job = try JobPreparation.prepare(try TemplateFile.read(template), models: store.store)
        var client = try await CoordinatorClient.connect(to: connect)
        do {
            if !noUpload, !job.files.isEmpty { try await client.send(job.files.map { ($0.key, $0.value) }) }
            try await submit(job, through: &client)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    private func submit(_ job: PreparedJob, through client: inout CoordinatorClient) async throws {
        guard case .submitted(let id, let isNew) = try await client.ask(.submit(job.spec, key: job.key)) else {
            throw UserError("the coordinator at \(connect) answered something else than the job's number")
        }
        print("\(id) \"\(job.spec.name)\": \(job.spec.taskCount) tasks, \(isNew ? "accepted" : "known already")")
        while wait {
            guard case .status(let all) = try await client.ask(.query(.job(id))), let status = all.first else {
                throw UserError("the coordinator at \(connect) does not know \(id) any more")
            }
            if status.isEnded {
                print(
                    "\(status.succeeded) of \(status.total) done, \(status.failed) failed, \(status.cancelled) cancelled"
                )
                if status.succeeded < status.total { throw ExitCode(1) }
                return
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// A client's line to a coordinator: one question, one answer.
struct CoordinatorClient {
    private let endpoint: String
    private let loop: SocketLoop
    private let context: ZMQContext
    private let dealer: FrameDealer
    private let mailbox: Mailbox<Inbound>

    /// The coordinator's number for this dialogue.
    private var session = SessionID.none
    /// Where the coordinator exchanges blobs; empty where it does not say.
    private var blobEndpoint = ""

    /// Connects and opens the dialogue; throws `UserError` if nobody answers there.
    static func connect(to endpoint: String) async throws -> CoordinatorClient {
        var client: CoordinatorClient
        do {
            client = try CoordinatorClient(endpoint)
            try await client.dealer.connect(to: endpoint)
        } catch {
            throw UserError("--connect \(endpoint): \(error)")
        }
        do {
            if case .opened(_, let blobs) = try await client.ask(.open) { client.blobEndpoint = blobs }
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
    mutating func ask(_ message: ClientMessage) async throws -> ClientReply {
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
        case nil:
            throw UserError(
                "no answer from \(endpoint) within \(Limits.clientPatience); is a coordinator running there?")
        }
    }

    /// Closes the connection.
    func close() async {
        await dealer.disconnect()
        await loop.stop()
        context.terminate()
    }
}
