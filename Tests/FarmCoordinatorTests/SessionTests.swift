import FarmCoordinator
import FarmModel
import Testing

@Suite("Sessions")
struct SessionTests {
    @Test("HELLO is answered with the terms, the inventory with verdicts, and work comes only after READY")
    func opening() {
        var farm = TestFarm(configuration: .init(blobEndpoint: "tcp://here:1"))
        farm.submit(.tasks(1))
        farm.handle(
            .workerSaid(.hello(.fixture(0)), session: .none, route: TestFarm.route(0), missingBlobs: []))
        farm.expectSent(
            .welcome(
                Welcome(
                    session: SessionID(1 << 32 | 1), epoch: 1, heartbeatMilliseconds: 5_000,
                    leaseMilliseconds: 60_000, blobEndpoint: "tcp://here:1")), to: 0)
        farm.expectNothingElseSent()
        farm.join(0)
        farm.expectNothingElseSent()
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0).attempt == 1)
    }

    @Test("READY before the inventory is done gives no credit")
    func earlyReady() {
        var farm = TestFarm()
        farm.submit(.tasks(1))
        farm.hello(0)
        farm.say(.ready(free: 1), from: 0)
        farm.say(.inventory(held: [], outbox: [], more: true), from: 0)
        farm.expectNothingElseSent()
        farm.say(.inventory(held: [], outbox: [], more: false), from: 0)
        farm.expectSent(.reconcile([]), to: 0)
        farm.expectNothingElseSent()
    }

    @Test("S2, S6: The same process comes back quietly and keeps its attempt")
    func reconnect() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        let notices = farm.notices.count
        let verdicts = farm.join(0, instance: 0, held: [attempt])
        #expect(verdicts == [Reconciliation(attempt: attempt, verdict: .adopt)])
        #expect(farm.notices.count == notices)
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 1)
    }

    @Test(
        "S7, S8: Another live process with the same name is refused until the old one has been silent for a heartbeat")
    func identityInUse() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.advance(by: 1_200)
        farm.hello(0, instance: 9)
        farm.expectSent(.refuse(.identityInUse, retryAfterMilliseconds: 3_800), to: 0)
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 1)

        farm.advance(by: 3_800)
        farm.hello(0, instance: 9)
        farm.expectSent(.bye(reason: "replaced by a new process"), to: 0)
        farm.say(.inventory(held: [], outbox: [], more: false), from: 0)
        farm.expectSent(.reconcile([]), to: 0)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("Attempts a restarted worker does not list end at once and are tried again")
    func restartedWorker() {
        var farm = TestFarm(workers: 2)
        let attempt = farm.runOneTask(on: 0)
        farm.advance(beats: 1, pinging: [1])
        farm.join(0, instance: 1)
        // Worker 1 has been waiting all the time.
        #expect(farm.takeOffer(1) == attempt.number(2))
        farm.expectNothingElseSent()
        #expect(farm.store.task(attempt.task)?.failures == [.infrastructure: 1])
    }

    @Test("Offers that a reconnecting worker does not list are void without blame")
    func lostOffer() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        farm.drop { if case .offer = $0 { true } else { false } }
        farm.join(0)
        farm.say(.ready(free: 1), from: 0)
        let second = farm.takeOffer(0)
        #expect(second.attempt == 2)
        #expect(farm.store.task(second.task)?.failures == [.busy: 1])
    }

    @Test("The verdicts of a reconnect: adopt, finish detached, resend, abandon")
    func verdicts() {
        var farm = TestFarm(workers: 2, slots: 3)
        farm.submit(.tasks(4))
        let attempts = (0..<4).map { farm.takeOffer($0 % 2) }
        // Task 1 is done, and attempt 1 of task 3 has lapsed: worker 1 said nothing of it.
        farm.say(.succeeded(attempts[1], .fixture()), from: 1)
        farm.say(.ping([]), from: 1)
        farm.drop { _ in true }
        let unknown = TaskAttempt(task: TaskID(job: JobID(77), index: 0), attempt: 1)
        let verdicts = farm.join(
            0, held: [attempts[0], attempts[3], attempts[1], unknown], outbox: [attempts[2], attempts[1]])
        #expect(verdicts.map(\.verdict) == [.adopt, .finishDetached, .abandon, .abandon, .resend, .abandon])
    }

    @Test("An inventory may come in pages")
    func pages() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(2))
        let attempts = [farm.takeOffer(0), farm.takeOffer(0)]
        farm.hello(0, slots: 2)
        farm.say(.inventory(held: [attempts[0]], outbox: [], more: true), from: 0)
        farm.expectNothingElseSent()
        farm.say(.inventory(held: [attempts[1]], outbox: [], more: false), from: 0)
        farm.expectSent(.reconcile(attempts.map { Reconciliation(attempt: $0, verdict: .adopt) }), to: 0)
        #expect(farm.status()?.running == 2)
    }

    @Test("S1, S3: A session number nobody knows is told to begin again, and nothing changes")
    func staleSession() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        let stale = SessionID(4)
        farm.handle(
            .workerSaid(.succeeded(attempt, .fixture()), session: stale, route: Route([9]), missingBlobs: []))
        #expect(farm.take(from: 9) == .bye(reason: "unknown session"))
        farm.handle(.workerSaid(.bye(reason: "x"), session: stale, route: Route([9]), missingBlobs: []))
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 1)
    }

    @Test("Four silent heartbeats end a session but not its leases")
    func silence() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.advance(by: 20_000)
        #expect(farm.notices.last == .workerLost(.number(0), reason: "silent for 20000 ms"))
        #expect(farm.status()?.running == 1)
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.bye(reason: "unknown session"), to: 0)
        #expect(farm.join(0, held: [attempt]).map(\.verdict) == [.adopt])
    }

    @Test("Silence is measured from the last word")
    func pingsKeepASession() {
        var farm = TestFarm(workers: 1)
        farm.advance(beats: 10, pinging: [0])
        #expect(!farm.notices.contains { if case .workerLost = $0 { true } else { false } })
        farm.say(.ready(free: 1), from: 0)
        farm.submit(.tasks(1))
        farm.takeOffer(0)
    }

    @Test("An address that became unreachable ends its session, and any process may follow")
    func unreachable() {
        var farm = TestFarm(workers: 1)
        farm.handle(.unreachable(TestFarm.route(0)))
        #expect(farm.notices.last == .workerLost(.number(0), reason: "unreachable"))
        #expect(farm.join(0, instance: 5).isEmpty)
        farm.expectNothingElseSent()
    }

    @Test("BYE frees at once what the worker held")
    func bye() {
        var farm = TestFarm(workers: 2)
        let attempt = farm.runOneTask(on: 0)
        farm.say(.bye(reason: "maintenance"), from: 0)
        #expect(farm.takeOffer(1) == attempt.number(2))
        farm.expectNothingElseSent()
    }

    @Test("A session goes on when the transport gives it another address")
    func newAddress() {
        var farm = TestFarm(workers: 1)
        let session = farm.sessions[0] ?? .none
        farm.handle(.workerSaid(.ping([]), session: session, route: Route([42]), missingBlobs: []))
        #expect(farm.take(from: 42) == .pong(renewed: [], ended: []))
        farm.handle(.unreachable(TestFarm.route(0)))
        farm.submit(.tasks(1))
        #expect(farm.take(from: 42) != nil)
    }
}

extension Hello {
    fileprivate static func fixture(_ worker: Int) -> Hello {
        Hello(
            worker: .number(worker), instance: WorkerInstance(high: 0, low: 0), host: "host", slots: 1,
            backend: "test", engine: "1")
    }
}
