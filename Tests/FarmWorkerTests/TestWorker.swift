import FarmModel
import FarmWorker
import OrderedCollections
import Testing

/// A worker with virtual time and a coordinator that says what the test lets it say.
///
/// Every effect but `.wake` is kept until a test expects it, in order. Entries of the outbox are durable at once, unless
/// a test wants its disk to be slow.
struct TestWorker {
    private(set) var machine: WorkerMachine
    private(set) var now = Instant(milliseconds: 10_000)
    private(set) var wake: Instant?
    private var effects: [WorkerMachine.Effect] = []
    var session = SessionID(1)
    /// Whether the test itself says when an entry is durable.
    var hasSlowDisk = false

    static let heartbeat: Int64 = 1_000
    static let lease: Int64 = 12_000

    init(
        slots: UInt32 = 1, outbox: [OutboxEntry] = [], maximumDetached: Int64 = 60_000, lifetime: Int64? = nil,
        seed: UInt64 = 1
    ) {
        guard let worker = WorkerID("w") else { preconditionFailure("w is no name") }
        let configuration = WorkerMachine.Configuration(
            worker: worker, instance: WorkerInstance(high: 1, low: 2), host: "host", slots: slots, backend: "test",
            engine: "1", lostAfterMilliseconds: 5_000, maximumDetachedMilliseconds: maximumDetached,
            lifetimeMilliseconds: lifetime)
        hello = Hello(
            worker: worker, instance: WorkerInstance(high: 1, low: 2), host: "host", slots: slots, backend: "test",
            engine: "1", lifetimeMilliseconds: lifetime, dialect: .ofWorkers)
        machine = WorkerMachine(configuration: configuration, outbox: outbox, random: seed, at: now)
    }

    /// What it says first.
    let hello: Hello

    /// A worker that is active, idle and has said so.
    static func active(
        slots: UInt32 = 1, outbox: [OutboxEntry] = [], maximumDetached: Int64 = 60_000, lifetime: Int64? = nil
    ) -> TestWorker {
        var worker = TestWorker(slots: slots, outbox: outbox, maximumDetached: maximumDetached, lifetime: lifetime)
        worker.handle(.start)
        worker.welcome()
        worker.say(.reconcile(outbox.map { Reconciliation(attempt: $0.attempt, verdict: .resend) }))
        worker.say(.pong(renewed: [], ended: []))
        worker.clear()
        return worker
    }

    // MARK: - Happening

    mutating func handle(_ event: WorkerMachine.Event) {
        let new = machine.handle(event, at: now)
        machine.checkInvariants()
        for effect in new {
            if case .wake(let at) = effect { wake = at } else { effects.append(effect) }
        }
        guard !hasSlowDisk else { return }
        for case .persistOutbox(let entry) in new { handle(.outboxKept(entry.attempt)) }
    }

    /// The coordinator says something in the present session.
    mutating func say(_ message: CoordinatorMessage) { handle(.coordinatorSaid(message, session: session)) }

    /// The coordinator opens a session, and accepts these optional parts.
    mutating func welcome(accepting features: [Feature] = Feature.ofWorkers) {
        handle(
            .coordinatorSaid(
                .welcome(
                    Welcome(
                        session: session, epoch: 1, heartbeatMilliseconds: UInt32(TestWorker.heartbeat),
                        leaseMilliseconds: UInt32(TestWorker.lease), blobEndpoint: "",
                        features: features.map(\.rawValue))), session: .none))
    }

    /// The coordinator offers an attempt; what comes of it is expected to be its start.
    mutating func run(_ attempt: TaskAttempt, _ location: SourceLocation = #_sourceLocation) {
        say(.offer(attempt, .fixture, leaseMilliseconds: UInt32(TestWorker.lease), resume: nil))
        expect([.send(.accept(attempt), session: session), .startTask(attempt, .fixture, resume: nil)], location)
        drop { if case .send(.ready, _) = $0 { true } else { false } }
    }

    /// Lets time pass without the coordinator saying anything.
    mutating func advance(by milliseconds: Int64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let due = wake, due <= end {
            now = max(now, due)
            wake = nil
            handle(.tick)
        }
        now = end
    }

    /// Lets heartbeats pass that the coordinator answers, renewing these.
    mutating func advance(beats: Int, renewing: [TaskAttempt] = []) {
        for _ in 0..<beats {
            advance(by: TestWorker.heartbeat)
            say(.pong(renewed: renewing, ended: []))
            dropBeats()
        }
    }

    /// Loses the session and lets the next begin, up to the inventory, which is returned.
    mutating func reconnect() -> WorkerMessage? {
        handle(.disconnected(reason: "test"))
        advance(by: 250)
        session = SessionID(session.number + 1)
        clear()
        welcome()
        guard case .send(let inventory, _)? = take() else { return nil }
        return inventory
    }

    // MARK: - Looking

    mutating func clear() { effects = [] }

    mutating func drop(where isDropped: (WorkerMachine.Effect) -> Bool) { effects.removeAll(where: isDropped) }

    /// Drops the heartbeats.
    mutating func dropBeats() {
        drop {
            switch $0 {
            case .send(.ping, _), .send(.ready, _): true
            default: false
            }
        }
    }

    /// Takes the oldest effect.
    mutating func take() -> WorkerMachine.Effect? { effects.isEmpty ? nil : effects.removeFirst() }

    /// Takes the newest effect.
    mutating func takeLast() -> WorkerMachine.Effect? { effects.popLast() }

    /// Expects the oldest effects to be these.
    mutating func expect(_ expected: [WorkerMachine.Effect], _ location: SourceLocation = #_sourceLocation) {
        #expect(Array(effects.prefix(expected.count)) == expected, sourceLocation: location)
        effects.removeFirst(min(expected.count, effects.count))
    }

    /// Expects messages in the present session.
    mutating func expectSent(_ messages: WorkerMessage..., at location: SourceLocation = #_sourceLocation) {
        expect(messages.map { .send($0, session: session) }, location)
    }

    /// Expects that everything done was expected.
    func expectNothingElse(_ location: SourceLocation = #_sourceLocation) {
        #expect(effects == [], sourceLocation: location)
    }
}
