import FarmCoordinator
import FarmModel
import Testing

/// A coordinator with virtual time, a store in memory and workers that say what the test lets them say.
///
/// Everything the coordinator sends is kept until a test expects it, in order per receiver.
struct TestFarm {
    let configuration: Coordinator.Configuration
    private(set) var coordinator: Coordinator
    private(set) var store = MemoryStore()
    private(set) var now = Instant(milliseconds: 1_000)
    /// Sessions by worker, as told by WELCOME.
    private(set) var sessions: [Int: SessionID] = [:]
    private(set) var notices: [FarmNotice] = []
    private(set) var published: [TaskAttempt] = []
    private(set) var endedJobs: [JobID] = []
    private(set) var wake: Instant?
    private var sent: [Sent] = []
    private var replies: [ClientReply] = []
    private var submissions: UInt64 = 0

    private struct Sent: CustomStringConvertible {
        let message: CoordinatorMessage
        let route: Route
        let session: SessionID
        var description: String { "\(message) on \(session.number)" }
    }

    /// Makes a farm; its workers are active and have declared all slots free.
    init(workers: Int = 0, slots: UInt32 = 1, configuration: Coordinator.Configuration = .init()) {
        self.configuration = configuration
        coordinator = Coordinator(configuration: configuration, recovering: store.start(), at: now)
        for worker in 0..<workers {
            join(worker, slots: slots)
            say(.ready(free: slots), from: worker)
        }
    }

    // MARK: - Happening

    /// Takes in one event, checks the invariants and keeps what comes of it.
    mutating func handle(_ event: Coordinator.Event) {
        let effects = coordinator.handle(event, at: now, wall: WallTime(milliseconds: now.milliseconds))
        coordinator.checkInvariants()
        for effect in effects {
            switch effect {
            case .persist(let records): store.commit(records)
            case .send(let message, let route, let session):
                sent.append(Sent(message: message, route: route, session: session))
            case .reply(let reply, _): replies.append(reply)
            case .publish(let attempt): published.append(attempt)
            case .jobEnded(let status): endedJobs.append(status.job)
            case .notify(let notice): notices.append(notice)
            case .wake(let at): wake = at
            }
        }
        #expect(store.contradictions == [])
    }

    /// Lets time pass without anybody saying anything.
    mutating func advance(by milliseconds: Int64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let due = wake, due <= end {
            now = max(now, due)
            wake = nil
            handle(.tick)
        }
        now = end
    }

    /// Lets time pass in heartbeats, at each of which these workers say what they hold.
    mutating func advance(beats: Int, pinging workers: [Int], holding: [TaskAttempt] = []) {
        for _ in 0..<beats {
            advance(by: configuration.heartbeatMilliseconds)
            for worker in workers {
                say(.ping(holding.map { HeldAttempt($0) }), from: worker)
                drop { if case .pong = $0 { true } else { false } }
            }
        }
    }

    /// A worker says something in its session.
    mutating func say(_ message: WorkerMessage, from worker: Int, missing: [Digest] = []) {
        handle(
            .workerSaid(
                message, session: sessions[worker] ?? .none, route: TestFarm.route(worker), missingBlobs: missing))
    }

    /// A worker says HELLO; the answer is kept.
    mutating func hello(
        _ worker: Int, instance: UInt64 = 0, slots: UInt32 = 1, _ capabilities: Capabilities = Capabilities(),
        lifetime: Int64? = nil, dialect: Dialect = .silent
    ) {
        let hello = Hello(
            worker: .number(worker), instance: WorkerInstance(high: instance, low: 0), host: "host", slots: slots,
            backend: "test", engine: "1", capabilities: capabilities, lifetimeMilliseconds: lifetime,
            dialect: dialect)
        handle(.workerSaid(.hello(hello), session: .none, route: TestFarm.route(worker), missingBlobs: []))
        for item in sent {
            if case .welcome(let welcome) = item.message, item.route == TestFarm.route(worker) {
                sessions[worker] = welcome.session
            }
        }
        sent.removeAll { item in
            if case .welcome = item.message { item.route == TestFarm.route(worker) } else { false }
        }
    }

    /// A worker says HELLO and lists what it has; the verdicts.
    @discardableResult
    mutating func join(
        _ worker: Int, instance: UInt64 = 0, slots: UInt32 = 1, held: [TaskAttempt] = [], outbox: [TaskAttempt] = [],
        _ capabilities: Capabilities = Capabilities(), lifetime: Int64? = nil, dialect: Dialect = .silent
    ) -> [Reconciliation] {
        hello(worker, instance: instance, slots: slots, capabilities, lifetime: lifetime, dialect: dialect)
        drop { if case .bye = $0 { true } else { false } }
        say(.inventory(held: held, outbox: outbox, more: false), from: worker)
        guard case .reconcile(let verdicts)? = take(from: worker) else {
            Issue.record("worker \(worker) was not reconciled")
            return []
        }
        return verdicts
    }

    /// A client submits a job; its number.
    @discardableResult
    mutating func submit(_ spec: JobSpec, key: UInt64? = nil) -> JobID {
        submissions += 1
        ask(.submit(spec, key: .number(key ?? submissions)))
        guard case .submitted(let job, _)? = takeReply() else {
            Issue.record("\(spec.name) was not accepted")
            return JobID(0)
        }
        return job
    }

    /// A client says something.
    mutating func ask(_ message: ClientMessage) { handle(.clientSaid(message, route: Route([0xC1]))) }

    /// A worker takes the offer it was sent; the attempt.
    @discardableResult
    mutating func takeOffer(_ worker: Int) -> TaskAttempt {
        guard case .offer(let attempt, _, _, _)? = take(from: worker) else {
            Issue.record("worker \(worker) was offered nothing")
            return TaskAttempt(task: TaskID(job: JobID(0), index: 0), attempt: 0)
        }
        say(.accept(attempt), from: worker)
        return attempt
    }

    /// A worker joins and declares all slots free.
    mutating func add(
        _ worker: Int, slots: UInt32 = 1, _ capabilities: Capabilities = Capabilities(), lifetime: Int64? = nil
    ) {
        join(worker, slots: slots, capabilities, lifetime: lifetime)
        say(.ready(free: slots), from: worker)
    }

    /// An attempt ends well and its slot is free again.
    mutating func finish(_ attempt: TaskAttempt, on worker: Int, free: UInt32 = 1, milliseconds: Int64 = 1) {
        say(.succeeded(attempt, TaskResult(artifacts: [], wallMilliseconds: milliseconds)), from: worker)
        expectSent(.resultOK(attempt, .recorded), to: worker)
        say(.ready(free: free), from: worker)
    }

    /// An attempt fails and its slot is free again.
    mutating func fail(_ attempt: TaskAttempt, _ failure: Failure = .nan, on worker: Int, free: UInt32 = 1) {
        say(.failed(attempt, failure), from: worker)
        expectSent(.resultOK(attempt, .recorded), to: worker)
        say(.ready(free: free), from: worker)
    }

    /// Does something to a job, which must not be refused.
    mutating func command(_ command: JobCommand, _ job: JobID = JobID(1)) {
        ask(.command(command, job))
        expectReply(.done(job))
    }

    /// Does something to a worker, which must not be refused.
    mutating func command(_ command: WorkerCommand, _ worker: Int) {
        ask(.workerCommand(command, .number(worker)))
        expectReply(.workerDone(.number(worker)))
    }

    /// Why a task is where it is.
    func explain(_ index: UInt32, of job: JobID = JobID(1)) -> Explanation? {
        coordinator.explain(TaskID(job: job, index: index), at: now)
    }

    /// A job of one task that a worker has taken; the attempt.
    mutating func runOneTask(on worker: Int = 0) -> TaskAttempt {
        submit(.tasks(1))
        return takeOffer(worker)
    }

    /// The coordinator dies and another starts on what was committed.
    mutating func restart() {
        sessions = [:]
        sent = []
        wake = nil
        coordinator = Coordinator(configuration: configuration, recovering: store.start(), at: now)
        coordinator.checkInvariants()
        handle(.tick)
    }

    // MARK: - Looking

    static func route(_ worker: Int) -> Route { Route([UInt8(truncatingIfNeeded: worker)]) }

    /// How a job stands.
    func status(_ job: JobID = JobID(1)) -> JobStatus? { coordinator.status(of: job).first }

    /// Takes the oldest message to a worker.
    mutating func take(from worker: Int) -> CoordinatorMessage? {
        guard let index = sent.firstIndex(where: { $0.route == TestFarm.route(worker) }) else { return nil }
        return sent.remove(at: index).message
    }

    /// Takes the oldest answer to a client.
    mutating func takeReply() -> ClientReply? { replies.isEmpty ? nil : replies.removeFirst() }

    /// Forgets messages that the test is not about.
    mutating func drop(where isDropped: (CoordinatorMessage) -> Bool) { sent.removeAll { isDropped($0.message) } }

    /// Expects the oldest message to a worker to be this.
    mutating func expectSent(
        _ message: CoordinatorMessage, to worker: Int, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(take(from: worker) == message, sourceLocation: location)
    }

    /// Expects an answer to a client.
    mutating func expectReply(_ reply: ClientReply, _ location: SourceLocation = #_sourceLocation) {
        #expect(takeReply() == reply, sourceLocation: location)
    }

    /// Expects that everything sent was expected.
    func expectNothingElseSent(_ location: SourceLocation = #_sourceLocation) {
        #expect(sent.map(\.description) == [], sourceLocation: location)
        #expect(replies == [], sourceLocation: location)
    }
}

extension TaskAttempt {
    /// Another attempt of the same task.
    func number(_ attempt: UInt32) -> TaskAttempt { TaskAttempt(task: task, attempt: attempt) }
}
