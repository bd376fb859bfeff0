import ArgumentParser
import FarmModel
import FarmProtocol
import FarmTransport
import Foundation
import Logging

/// `atelier submit`: hands a template to a running coordinator.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a sweep to a running coordinator.",
        discussion: """
            The template is checked here, against the models it names, before anything is sent. Submitting the same \
            template again does not start it again. Workers read model files at the same paths as this machine.

              atelier submit sweep.yaml --connect tcp://127.0.0.1:7403 --wait
            """)

    @Argument(help: ArgumentHelp("A template.", valueName: "template.yaml"))
    var template: String

    @Option(help: ArgumentHelp("Client endpoint of the coordinator.", valueName: "endpoint"))
    var connect: String

    @Flag(help: "Return when the job has ended; exit with 1 if a task failed.")
    var wait = false

    func run() async throws {
        let job = try JobPreparation.prepare(try TemplateFile.read(template))
        let client = try await CoordinatorClient(endpoint: connect)
        guard case .submitted(let id, let isNew) = try await client.ask(.submit(job.spec, key: job.key)) else {
            throw UserError("the coordinator at \(connect) answered something else than the job's number")
        }
        print("\(id) \"\(job.spec.name)\": \(job.spec.taskCount) tasks, \(isNew ? "accepted" : "known already")")
        guard wait else { return await client.close() }
        while true {
            guard case .status(let all) = try await client.ask(.query(id)), let status = all.first else {
                throw UserError("the coordinator at \(connect) does not know \(id) any more")
            }
            if status.isEnded {
                print(
                    "\(status.succeeded) of \(status.total) done, \(status.failed) failed, \(status.cancelled) cancelled"
                )
                await client.close()
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

    /// Connects; throws `UserError` if the endpoint cannot be one.
    init(endpoint: String) async throws {
        self.endpoint = endpoint
        do {
            loop = try SocketLoop(name: "atelier-cli")
            context = try ZMQContext()
            mailbox = Mailbox(capacity: 64)
            var logger = Logger(label: "atelier.client") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .error
            dealer = FrameDealer(on: loop, in: context, lane: .toClient, into: mailbox, logger: logger) { $0 }
            try await dealer.connect(to: endpoint)
        } catch {
            throw UserError("--connect \(endpoint): \(error)")
        }
    }

    /// Asks and waits for the answer; throws `UserError` if it is a refusal or none comes.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        await dealer.send(.client(message), session: .none)
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
