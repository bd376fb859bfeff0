import FarmProtocol
import FarmTransport
import Logging

/// The three ports of a coordinator, not bound yet.
struct Ports {
    let control: FrameRouter
    let clients: FrameRouter
    let blobs: FrameRouter

    init(
        network: SocketLoop, blobThread: SocketLoop, context: ZMQContext, planner: Mailbox<Planner.Input>,
        blobMailbox: Mailbox<BlobPort.Input>, logger: Logger
    ) {
        control = FrameRouter(
            on: network, in: context, lane: .fromWorker, into: planner, logger: logger, as: { .worker($0) })
        clients = FrameRouter(
            on: network, in: context, lane: .fromClient, into: planner, logger: logger, as: { .client($0) })
        blobs = FrameRouter(
            on: blobThread, in: context, lane: .blobs, into: blobMailbox, logger: logger, as: { .inbound($0) })
    }

    /// Closes all of them, leaving a moment for last words.
    func close() async {
        for port in [control, clients, blobs] { await port.close(lingerMilliseconds: 200) }
    }
}
