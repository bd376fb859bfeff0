import FarmModel
public import FarmProtocol

extension SocketOptions {
    /// The control connection: small frames, and a dead peer is known within 20 s.
    public static var control: SocketOptions {
        SocketOptions(
            highWater: 1000, maximumMessageBytes: Int64(max(Lane.fromWorker.frameLimit, Lane.toWorker.frameLimit)),
            heartbeatMilliseconds: 5_000, heartbeatTimeoutMilliseconds: 20_000)
    }

    /// The blob connection: the timeout must let a whole chunk through a slow line.
    public static var blob: SocketOptions {
        SocketOptions(
            highWater: 64, maximumMessageBytes: Int64(Lane.blobs.frameLimit),
            heartbeatMilliseconds: 10_000, heartbeatTimeoutMilliseconds: 60_000)
    }

    /// The client connection: few frames, but a job may be large.
    public static var client: SocketOptions {
        SocketOptions(
            highWater: 64, maximumMessageBytes: Int64(max(Lane.fromClient.frameLimit, Lane.toClient.frameLimit)),
            heartbeatMilliseconds: 10_000, heartbeatTimeoutMilliseconds: 60_000)
    }

    /// The options of who connects for the frames of a lane.
    ///
    /// What a coordinator may grant to one peer at once has to fit in the queue, or chunks would be lost here; twice, since
    /// those of a transfer that has failed there may not have left. libzmq notices what has left in halves of that queue.
    static func dealing(on lane: Lane) -> SocketOptions {
        var options = standard(for: lane)
        if lane == .blobs {
            let chunks = TransportLimits.offerWindow / Int64(Limits.chunkBytes)
            options.sendHighWater = Int32(4 * chunks) + options.sendHighWater
        }
        return options
    }

    /// The options for frames that arrive on a lane.
    public static func standard(for lane: Lane) -> SocketOptions {
        switch lane {
        case .fromWorker, .toWorker, .fromNewcomer, .toNewcomer: .control
        case .fromClient, .toClient: .client
        case .blobs: .blob
        }
    }
}
