import FarmModel
import FarmProtocol
import Logging

/// The part of receiving that routers and dealers share: bytes of a peer become a frame, a verdict, or nothing.
struct FrameReader {
    let lane: Lane
    let logger: Logger
    var peers = PeerTable()
    var counters = TransportCounters()
    private var refusals = RefusalLog()
    private let clock = MonotonicClock()

    init(lane: Lane, logger: Logger) {
        self.lane = lane
        self.logger = logger
    }

    /// What is to be done about a message.
    struct Reading {
        var inbound: Inbound?
        var answer: (body: FrameBody, session: SessionID)?
    }

    /// Reads a message of `count` parts, of which `part` is the one that should be the frame.
    mutating func read(_ part: MessagePart, parts count: Int, from route: Route) -> Reading {
        part.withBytes { bytes in
            guard count == 1 else {
                counters.multipart += 1
                return refuse(.multipart(count), bytes, from: route)
            }
            do throws(FrameError) {
                return accept(try Frame.decode(bytes, keptBy: part, on: lane), from: route)
            } catch {
                return refuse(error, bytes, from: route)
            }
        }
    }

    private mutating func accept(_ frame: Frame, from route: Route) -> Reading {
        switch peers[route].sequences.accept(frame.sequence, in: frame.session) {
        case .repeated:
            counters.repeated += 1
            logger.debug("dropped a repeated \(frame.body.command), number \(frame.sequence)")
            return Reading()
        case .fresh(let missing):
            counters.miss(missing)
            if missing > 0 { logger.debug("\(missing) frames before \(frame.body.command) never came") }
        }
        counters.received += 1
        return Reading(inbound: .frame(frame, from: route))
    }

    private mutating func refuse(_ error: FrameError, _ bytes: UnsafeRawBufferPointer, from route: Route) -> Reading {
        if case .unknownCommand(_, isIgnorable: true) = error { return Reading() }
        counters.malformed += 1
        var reading = Reading(inbound: error.endsSession ? .broken(error, from: route) : nil)
        guard !peers[route].hasBeenWarned else { return reading }
        peers[route].hasBeenWarned = true
        // Once per connection, but whoever has no session may make as many connections as he likes.
        if let untold = refusals.hear("\(name(of: route)) \(error)", at: clock.now) {
            let others = untold > 0 ? " (and \(untold) others)" : ""
            logger.warning("refused a frame from \(name(of: route)): \(error)\(others)")
        }
        if let numbers = FrameHeader.numbers(of: bytes) {
            reading.answer = answer(to: error, about: numbers.sequence).map { ($0, numbers.session) }
        }
        return reading
    }

    private func answer(to error: FrameError, about sequence: UInt64) -> FrameBody? {
        if case .version = error {
            switch lane {
            case .fromWorker: return .coordinator(.refuse(.version, retryAfterMilliseconds: 0))
            case .fromClient: return .clientReply(.refused(error.description))
            case .fromNewcomer: return .enrolReply(.refused(error.description))
            case .toWorker, .toClient, .blobs, .toNewcomer: return nil
            }
        }
        return error.answer(about: sequence).map { .error($0) }
    }

    private func name(of route: Route) -> String {
        route.bytes.isEmpty ? "the coordinator" : route.bytes.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
