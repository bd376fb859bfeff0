import FarmKeys
import FarmProtocol
import FarmTransport
import Logging

/// What a command hears on its line to a coordinator.
enum Heard: Sendable {
    /// Something was said.
    case frame(Inbound)
    /// The line does not come up.
    case trouble(LineTrouble)

    /// A line that is not connected yet, and where it is heard.
    static func line(
        _ lane: Lane, on loop: SocketLoop, in context: ZMQContext
    ) -> (dealer: FrameDealer, mailbox: Mailbox<Heard>) {
        let mailbox = Mailbox<Heard>(capacity: Limits.heard)
        let dealer = FrameDealer(
            on: loop, in: context, lane: lane, into: mailbox, logger: .quietClient,
            onTrouble: { mailbox.offer(.trouble($0)) }
        ) { .frame($0) }
        return (dealer, mailbox)
    }
}

/// Somebody answers, but with another key than the coordinator's.
struct WrongServer: Error, CustomStringConvertible {
    let endpoint: String

    var description: String { "\(endpoint): \(LineTrouble.wrongServer)" }
}

extension Logger {
    /// The logger of a command that says itself what is wrong.
    static var quietClient: Logger {
        var logger = Logger(label: "atelier.client") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }
}
