import FarmModel
import FarmWorker
import Testing

@Suite("Sessions of a worker")
struct SessionTests {
    @Test("It says HELLO on a new connection, then lists what it has, then pings and says what is free")
    func opening() {
        var worker = TestWorker(slots: 2)
        worker.handle(.tick)
        worker.expectNothingElse()
        worker.handle(.start)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
        worker.welcome()
        worker.expectSent(.inventory(held: [], outbox: [], more: false))
        worker.expectNothingElse()
        worker.say(.reconcile([]))
        worker.expectSent(.ping([]), .ready(free: 2))
        worker.expectNothingElse()
    }

    @Test("No answer to HELLO means a new connection after a pause")
    func noAnswer() {
        var worker = TestWorker()
        worker.handle(.start)
        worker.clear()
        worker.advance(by: 5_000)
        worker.expect([.disconnect])
        worker.advance(by: 250)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
        worker.expectNothingElse()
    }

    @Test("The pauses between connections grow to their bound and differ from seed to seed")
    func backOff() {
        func connections(seed: UInt64) -> [Int64] {
            var worker = TestWorker(seed: seed)
            worker.handle(.start)
            var instants: [Int64] = []
            for _ in 0..<4_000 {
                worker.advance(by: 100)
                while let effect = worker.take() {
                    if effect == .connect { instants.append(worker.now.milliseconds) }
                }
            }
            return instants
        }
        let one = connections(seed: 1)
        let pauses = zip(one.dropFirst(), one).map { $0 - $1 - 5_000 }
        #expect(pauses.allSatisfy { $0 <= 30_100 })
        #expect((pauses.max() ?? 0) > 5_000)
        #expect(one != connections(seed: 2))
        #expect(one == connections(seed: 1))
    }

    @Test("S11: A refusal says when to come again")
    func refusedForNow() {
        var worker = TestWorker()
        worker.handle(.start)
        worker.clear()
        worker.handle(.coordinatorSaid(.refuse(.identityInUse, retryAfterMilliseconds: 700), session: .none))
        worker.expect([.disconnect])
        worker.advance(by: 699)
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
    }

    @Test("S11: A refusal for good ends the process")
    func refusedForGood() {
        var worker = TestWorker()
        worker.handle(.start)
        worker.clear()
        worker.handle(.coordinatorSaid(.refuse(.version, retryAfterMilliseconds: 0), session: .none))
        worker.expect([
            .disconnect,
            .exit(reason: "the coordinator refused this worker: \(Refusal.version.explanation)", isFailure: true),
        ])
        worker.handle(.start)
        worker.advance(by: 100_000)
        worker.expectNothingElse()
    }

    @Test("Silence makes it suspicious, more silence makes it leave, and what runs goes on")
    func silence() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.advance(by: 2_000)
        worker.clear()
        worker.handle(.engineSucceeded(.task(0), .bare))
        worker.expect([.persistOutbox(OutboxEntry(attempt: .task(0), outcome: .succeeded(.bare)))])
        worker.expectNothingElse()
        worker.say(.pong(renewed: [], ended: []))
        worker.expectSent(.succeeded(.task(0), .bare), .ready(free: 2))
        worker.advance(by: 5_000)
        #expect(worker.take() != nil)
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([.disconnect])
    }

    @Test("Messages of other sessions are ignored")
    func otherSession() {
        var worker = TestWorker.active()
        for session in [SessionID.none, SessionID(9)] {
            worker.handle(
                .coordinatorSaid(.offer(.task(0), .fixture, leaseMilliseconds: 1_000, resume: nil), session: session))
            worker.handle(.coordinatorSaid(.bye(reason: "x"), session: session))
        }
        worker.expectNothingElse()
    }

    @Test("BYE from the coordinator means a new session")
    func bye() {
        var worker = TestWorker.active()
        worker.say(.bye(reason: "unknown session"))
        worker.expect([.disconnect])
        worker.advance(by: 250)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
    }

    @Test("A newer WELCOME replaces the session, an older one is ignored")
    func doubledWelcome() {
        var worker = TestWorker.active()
        worker.welcome()
        worker.expectNothingElse()
        worker.session = SessionID(2)
        worker.welcome()
        worker.expectSent(.inventory(held: [], outbox: [], more: false))
        worker.say(.reconcile([]))
        worker.expectSent(.ping([]), .ready(free: 1))
    }

    @Test("Between two heartbeats it is never silent for a whole one")
    func beats() {
        var worker = TestWorker.active()
        worker.advance(by: 500)
        worker.expectSent(.ready(free: 1))
        worker.advance(by: 500)
        worker.expectSent(.ping([]))
        worker.say(.pong(renewed: [], ended: []))
        worker.advance(by: 500)
        worker.expectSent(.ready(free: 1))
        worker.expectNothingElse()
    }

    @Test("A long outbox is listed in pages and waits for every verdict")
    func pages() {
        let entries = (0..<700).map { OutboxEntry(attempt: .task($0), outcome: .failed(.nan)) }
        var worker = TestWorker(outbox: entries)
        worker.handle(.start)
        worker.clear()
        worker.welcome()
        worker.expectSent(
            .inventory(held: [], outbox: entries.prefix(512).map(\.attempt), more: true),
            .inventory(held: [], outbox: entries.dropFirst(512).map(\.attempt), more: false))
        let verdicts = entries.map { Reconciliation(attempt: $0.attempt, verdict: .abandon) }
        worker.say(.reconcile(Array(verdicts.prefix(600))))
        worker.drop { if case .forgetOutbox = $0 { true } else { false } }
        worker.expectNothingElse()
        worker.say(.reconcile(Array(verdicts.dropFirst(600))))
        worker.drop { if case .forgetOutbox = $0 { true } else { false } }
        worker.expectSent(.ping([]), .ready(free: 1))
    }
}
