import FarmCoordinator
import FarmModel
import Testing

/// Every event in every state, twice: nothing traps, nothing contradicts itself, nothing is recorded twice.
@Suite("Any event is legal in any state")
struct TotalityTests {
    /// States that a task and its worker can be in.
    enum State: String, CaseIterable, CustomTestStringConvertible {
        case empty, helloSaid, idle, offered, running, resting, readyAgain, succeeded, failed, cancelled, lost,
            restarted, superseded, paused, pausing, drained, leaving, blocked, keptChain, overtaken, elsewhere
        var testDescription: String { rawValue }

        func make() -> TestFarm {
            var farm = TestFarm()
            if self == .empty { return farm }
            farm.hello(0, slots: 2)
            if self == .helloSaid { return farm }
            farm.join(0, slots: 2)
            if self == .idle { return farm }
            if let made = makeByRule(farm) { return made }
            farm.submit(.chain([2, 1]))
            farm.say(.ready(free: 1), from: 0)
            let first = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
            switch self {
            case .empty, .helloSaid, .idle, .offered, .keptChain, .overtaken: break
            case .paused: farm.ask(.command(.pause, JobID(1)))
            case .pausing:
                farm.say(.accept(first), from: 0)
                farm.ask(.command(.pause, JobID(1)))
            case .drained:
                farm.say(.accept(first), from: 0)
                farm.ask(.workerCommand(.drain(.eventual), .number(0)))
            case .leaving:
                farm.say(.accept(first), from: 0)
                farm.say(.drain(.expedited), from: 0)
            case .blocked, .elsewhere:
                farm.join(1)
                for attempt in 1...(self == .blocked ? 3 : 1) as ClosedRange<UInt32> {
                    farm.say(.failed(first.number(attempt), .nan), from: 0)
                    farm.say(.ready(free: 1), from: 0)
                }
            case .running: farm.say(.accept(first), from: 0)
            case .resting: farm.say(.decline(first, reason: "busy"), from: 0)
            case .readyAgain: farm.say(.failed(first, .nan), from: 0)
            case .succeeded: farm.say(.succeeded(first, .fixture()), from: 0)
            case .failed: farm.say(.failed(first, Failure(.configuration, "no")), from: 0)
            case .cancelled:
                farm.say(.accept(first), from: 0)
                farm.ask(.command(.cancel, JobID(1)))
            case .lost:
                farm.say(.accept(first), from: 0)
                farm.handle(.unreachable(TestFarm.route(0)))
            case .restarted:
                farm.say(.accept(first), from: 0)
                farm.restart()
            case .superseded:
                farm.say(.accept(first), from: 0)
                farm.say(.ping([]), from: 0)
                farm.say(.ready(free: 2), from: 0)
            }
            return farm
        }

        /// States that need jobs of their own.
        private func makeByRule(_ start: TestFarm) -> TestFarm? {
            var farm = start
            switch self {
            case .keptChain:
                farm.submit(.tasks(3) { $0.isChain = true })
                farm.say(.ready(free: 1), from: 0)
                farm.say(.succeeded(TaskID(job: JobID(1), index: 0).first, .fixture()), from: 0)
            case .overtaken:
                farm.submit(.tasks(2))
                farm.say(.ready(free: 1), from: 0)
                let slow = TaskID(job: JobID(1), index: 0).first
                farm.say(.accept(slow), from: 0)
                farm.add(1)
                farm.say(.succeeded(TaskID(job: JobID(1), index: 1).first, .fixture()), from: 1)
                farm.say(.ready(free: 1), from: 1)
                for _ in 0..<7 {
                    farm.advance(by: 5_000)
                    farm.say(.ping([HeldAttempt(slow)]), from: 0)
                    farm.say(.ping([]), from: 1)
                }
            default: return nil
            }
            return farm
        }
    }

    @Test("From every state a healthy worker brings the job to its end", arguments: State.allCases)
    func liveness(state: State) {
        var farm = state.make()
        guard farm.status() != nil else { return }
        farm.ask(.command(.resume, JobID(1)))
        farm.ask(.command(.retryFailed, JobID(1)))
        farm.handle(.unreachable(TestFarm.route(0)))
        farm.join(9)
        var running: TaskAttempt?
        for _ in 0..<200 where farm.status()?.isEnded != true {
            farm.advance(by: 5_000)
            farm.say(.ping(running.map { [HeldAttempt($0)] } ?? []), from: 9)
            farm.drop { if case .pong = $0 { true } else { false } }
            if let attempt = running {
                farm.say(.succeeded(attempt, .fixture(UInt64(attempt.task.index))), from: 9)
                running = nil
            }
            farm.say(.ready(free: 1), from: 9)
            while let message = farm.take(from: 9) {
                guard case .offer(let attempt, _, _, _) = message else { continue }
                farm.say(.accept(attempt), from: 9)
                running = attempt
            }
        }
        #expect(farm.status()?.succeeded == farm.status()?.total)
    }

    /// Events about the one task, about unknown ones, in the present session and in others.
    static func events(in farm: TestFarm) -> [Coordinator.Event] {
        let first = TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1)
        let unknown = TaskAttempt(task: TaskID(job: JobID(50), index: .max), attempt: .max)
        let attempts = [
            first, first.number(0), first.number(2), TaskAttempt(task: TaskID(job: JobID(1), index: 2), attempt: 1),
            unknown,
        ]
        var messages: [WorkerMessage] = [
            .inventory(held: attempts, outbox: attempts, more: false), .inventory(held: [], outbox: [], more: true),
            .inventory(held: [], outbox: [], more: false), .ready(free: 0), .ready(free: .max), .ping([]),
            .ping(attempts.map { HeldAttempt($0) }), .ping((attempts + attempts).map { HeldAttempt($0) }),
            .bye(reason: "leaving"),
            .inventory(held: Array(repeating: unknown, count: 5_000), outbox: [], more: false),
        ]
        for attempt in attempts {
            messages += [
                .accept(attempt), .decline(attempt, reason: "no"), .revoked(attempt),
                .progress(attempt, Progress(iteration: 0, iterations: 0, loss: .nan, rate: 0)),
                .succeeded(attempt, .fixture()), .failed(attempt, .nan), .failed(attempt, .killed),
                .succeeded(attempt, TaskResult(artifacts: [], wallMilliseconds: .min)),
                .checkpoint(attempt, Checkpoint(iteration: 5, digest: .number(5), byteCount: 1)),
                .returned(attempt, reason: "no"), .drain(.expedited),
            ]
        }
        for instance: UInt64 in [0, 1] {
            messages.append(
                .hello(
                    Hello(
                        worker: .number(0), instance: WorkerInstance(high: instance, low: 0), host: "", slots: 0,
                        backend: "", engine: "")))
        }
        let session = farm.sessions[0] ?? .none
        var events: [Coordinator.Event] = messages.flatMap { message in
            [session, .none, SessionID(.max)].map { number in
                .workerSaid(message, session: number, route: TestFarm.route(0), missingBlobs: [])
            }
        }
        events += messages.map { .workerSaid($0, session: session, route: Route([]), missingBlobs: [.number(1)]) }
        for message in [.open, .query(.jobs), .query(.job(JobID(1))), .submit(.chain([2, 1]), key: .number(1))]
            as [ClientMessage]
        {
            events.append(.clientSaid(message, route: Route([])))
        }
        for command in [
            .cancel, .retryFailed, .pause, .resume, .setPriority(3), .requeue([]), .requeue([0, 2, .max]),
        ] as [JobCommand] {
            events += [JobID(0), JobID(1), JobID(.max)].map { .clientSaid(.command(command, $0), route: Route([])) }
        }
        for command in [.forgive, .resume] + DrainMode.allCases.map({ .drain($0) }) as [WorkerCommand] {
            events += [0, 9].map { .clientSaid(.workerCommand(command, .number($0)), route: Route([])) }
        }
        let questions: [FarmQuery] = [
            .workers, .explain(first.task), .explain(unknown.task),
            .tasks(JobID(1), .all, TaskPageRequest(from: .max, limit: .max)), .tasks(JobID(1), .waiting, .init()),
        ]
        events += questions.map { .clientSaid(.query($0), route: Route([])) }
        events += [first.task, unknown.task].map { .checkpointLost($0, .number(5)) }
        return events + [.formerWorkersEnded, .tick, .unreachable(TestFarm.route(0)), .unreachable(Route([]))]
    }

    @Test("Events that look illegal are harmless", arguments: State.allCases)
    func everyEvent(state: State) {
        let start = state.make()
        for event in TotalityTests.events(in: start) {
            var farm = start
            farm.handle(event)
            farm.handle(event)
            farm.advance(by: 100_000)
            let recorded = farm.store.records.compactMap { record -> TaskID? in
                if case .taskSucceeded(let lease, _, _) = record { lease.attempt.task } else { nil }
            }
            #expect(Set(recorded).count == recorded.count, "\(event)")
            #expect(farm.published.count == recorded.count, "\(event)")
        }
    }

    @Test("Any two events in a row are harmless", arguments: [State.offered, .running, .superseded, .restarted])
    func pairs(state: State) {
        let start = state.make()
        let events = TotalityTests.events(in: start)
        for first in events.enumerated() where first.offset % 5 == 0 {
            var middle = start
            middle.handle(first.element)
            for second in events.enumerated() where second.offset % 7 == 0 {
                var farm = middle
                farm.handle(second.element)
            }
        }
    }

    @Test("Time that runs backwards is taken to stand still")
    func backwards() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        var coordinator = farm.coordinator
        let wall = WallTime(milliseconds: 0)
        let past = Instant(milliseconds: -1_000_000)
        let session = farm.sessions[0] ?? .none
        _ = coordinator.handle(
            .workerSaid(.ping([HeldAttempt(attempt)]), session: session, route: TestFarm.route(0), missingBlobs: []),
            at: past,
            wall: wall)
        coordinator.checkInvariants()
        _ = coordinator.handle(.tick, at: past, wall: wall)
        #expect(coordinator.status(of: JobID(1)).first?.running == 1)
    }
}
