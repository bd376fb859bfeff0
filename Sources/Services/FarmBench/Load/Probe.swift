import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport

/// A worker that takes no work and pings all the time: how long its coordinator takes to answer.
final class Probe: Station {
    /// Microseconds from each PING to its PONG since the last `take()`.
    private var times: [Int64] = []
    /// Whether it does not ping more often than a worker.
    var isResting = false
    private let wire: Wire
    private var session = SessionID.none
    private var isActive = false
    private var sent: Int64?
    private var due: Int64 = 0

    init(_ name: String, _ keys: CurveKeyPair, at access: AccessFile, in context: ZMQContext) throws {
        guard let worker = WorkerID(name) else { throw FarmBenchError("\(name) is no name of a worker") }
        wire = try Wire(to: access.control, hearing: .toWorker, as: keys, server: access.server, in: context)
        let hello = Hello(
            worker: worker, instance: WorkerInstance(high: 1, low: 1), host: "bench", slots: 1, backend: "none",
            engine: "bench")
        try wire.send(.worker(.hello(hello)), session: .none)
    }

    var descriptor: CInt { wire.descriptor }

    /// What was measured since the last time.
    func take() -> Latencies? {
        defer { times = [] }
        return Latencies(microseconds: times)
    }

    func serve() throws {
        while let frame = try wire.receive() {
            guard case .coordinator(let message) = frame.body else { continue }
            switch message {
            case .welcome(let welcome):
                session = welcome.session
                try wire.send(.worker(.inventory(held: [], outbox: [], more: false)), session: session)
            case .reconcile: isActive = true
            case .pong:
                if let sent { times.append(Stopwatch.microseconds - sent) }
                sent = nil
            case .bye(let reason): throw FarmBenchError("the coordinator sent the probe away: \(reason)")
            default: break
            }
        }
    }

    func tick(at now: Int64) throws {
        guard isActive, sent == nil, now >= due else { return }
        due = now + 1000 * (isResting ? BenchLimits.restingMilliseconds : BenchLimits.probeMilliseconds)
        sent = Stopwatch.microseconds
        try wire.send(.worker(.ping([])), session: session)
        try serve()
    }
}
