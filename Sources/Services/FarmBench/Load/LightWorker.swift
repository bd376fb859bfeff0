import FarmKeys
import FarmModel
import FarmProtocol
import FarmTransport
import FarmWorker

/// What the workers of a benchmark have done, all together.
final class WorkTally {
    /// Workers whose session is open.
    var joined = 0
    /// Results that the coordinator has recorded.
    var recorded = 0
    /// When each job's first task began, microseconds.
    var began: [JobID: Int64] = [:]
    /// Whether beginnings are noted.
    var notesBeginnings = false
}

/// A worker without an engine: the real machine on a real line; every task is done at once and leaves no file.
final class LightWorker: Station {
    /// The keys it comes with.
    let keys: CurveKeyPair
    /// The session it speaks in.
    private(set) var session = SessionID.none
    private let wire: Wire
    private var machine: WorkerMachine
    private var wake: Instant?
    private let tally: WorkTally
    private let name: String

    init(
        _ name: String, _ keys: CurveKeyPair, slots: Int, at access: AccessFile, in context: ZMQContext,
        tally: WorkTally
    ) throws {
        guard let worker = WorkerID(name) else { throw FarmBenchError("\(name) is no name of a worker") }
        self.keys = keys
        self.name = name
        self.tally = tally
        wire = try Wire(to: access.control, hearing: .toWorker, as: keys, server: access.server, in: context)
        let now = Stopwatch.microseconds
        let configuration = WorkerMachine.Configuration(
            worker: worker, instance: WorkerInstance(high: UInt64(now), low: UInt64(name.utf8.count)), host: "bench",
            slots: UInt32(slots), backend: "none", engine: "bench",
            // The first connection is patient: a thousand handshakes take a while.
            lostAfterMilliseconds: 60_000)
        machine = WorkerMachine(
            configuration: configuration, outbox: [], random: 1, at: LightWorker.instant(now))
        try perform(machine.handle(.start, at: LightWorker.instant(now)))
    }

    var descriptor: CInt { wire.descriptor }

    func serve() throws {
        while let frame = try wire.receive() {
            guard case .coordinator(let message) = frame.body else { continue }
            switch message {
            case .welcome(let welcome): session = welcome.session
            case .reconcile: tally.joined += 1
            case .resultOK(_, .recorded): tally.recorded += 1
            default: break
            }
            try perform(machine.handle(.coordinatorSaid(message, session: frame.session), at: LightWorker.now))
        }
    }

    func tick(at microseconds: Int64) throws {
        let now = LightWorker.instant(microseconds)
        guard let wake, wake <= now else { return }
        self.wake = nil
        try perform(machine.handle(.tick, at: now))
        try serve()
    }

    private static var now: Instant { instant(Stopwatch.microseconds) }
    private static func instant(_ microseconds: Int64) -> Instant { Instant(milliseconds: microseconds / 1000) }

    private func perform(_ effects: [WorkerMachine.Effect]) throws {
        var (begun, kept): ([TaskAttempt], [TaskAttempt]) = ([], [])
        for effect in effects {
            switch effect {
            case .send(let message, let session): try wire.send(.worker(message), session: session)
            case .wake(let instant): wake = instant
            case .startTask(let attempt, _, _):
                if tally.notesBeginnings, tally.began[attempt.task.job] == nil {
                    tally.began[attempt.task.job] = Stopwatch.microseconds
                }
                begun.append(attempt)
            case .disconnect, .exit: throw FarmBenchError("worker \(name) lost the coordinator")
            case .persistOutbox(let entry): kept.append(entry.attempt)
            case .connect, .forgetOutbox, .stopTask, .killTask, .suspendTask, .sendCheckpoint,
                .forgetCheckpoint, .checkStorage, .sendBlobs:
                break
            }
        }
        // There is no disk to wait for.
        for attempt in kept { try perform(machine.handle(.outboxKept(attempt), at: LightWorker.now)) }
        // Not before all that was to be said is said.
        for attempt in begun {
            try perform(machine.handle(.engineStarted(attempt), at: LightWorker.now))
            let result = TaskResult(artifacts: [], wallMilliseconds: 0)
            try perform(machine.handle(.engineSucceeded(attempt, result), at: LightWorker.now))
        }
    }
}
