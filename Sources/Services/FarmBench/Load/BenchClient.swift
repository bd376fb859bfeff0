import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// The client of a benchmark: asks, and leaves the answers to whoever waits for them.
final class BenchClient: Station {
    /// Answers that nobody has taken yet, in their order.
    private(set) var answers: [ClientReply] = []
    private let wire: Wire
    private var session = SessionID.none

    init(at access: AccessFile, in context: ZMQContext) throws {
        wire = try Wire(to: access.clients, hearing: .toClient, as: access.keys, server: access.server, in: context)
        try wire.send(.client(.open), session: .none)
    }

    var descriptor: CInt { wire.descriptor }

    func serve() throws {
        while let frame = try wire.receive() {
            session = frame.session
            guard case .clientReply(let reply) = frame.body else {
                throw FarmBenchError("the coordinator said \(frame.body.command) to a client")
            }
            if case .refused(let reason) = reply { throw FarmBenchError("the coordinator refuses: \(reason)") }
            answers.append(reply)
        }
    }

    func tick(at now: Int64) {}

    func send(_ message: ClientMessage) throws {
        try wire.send(.client(message), session: session)
        try serve()
    }

    /// The oldest answer.
    func take() -> ClientReply? { answers.isEmpty ? nil : answers.removeFirst() }
}
