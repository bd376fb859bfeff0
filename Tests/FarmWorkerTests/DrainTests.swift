import FarmModel
import FarmWorker
import Testing

@Suite("Draining a worker")
struct DrainTests {
    @Test("An idle worker says BYE and exits")
    func idle() {
        var worker = TestWorker.active()
        worker.handle(.drain(.eventual, reason: "maintenance"))
        worker.expect([
            .send(.drain(.eventual), session: worker.session), .send(.ready(free: 0), session: worker.session),
            .send(.bye(reason: "maintenance"), session: worker.session), .disconnect,
            .exit(reason: "maintenance", isFailure: false),
        ])
        worker.handle(.tick)
        worker.expectNothingElse()
    }

    @Test("L14: A busy worker takes nothing new, finishes, delivers, then leaves", arguments: [true, false])
    func busy(isAskedByCoordinator: Bool) {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        if isAskedByCoordinator {
            worker.say(.drain(.eventual))
        } else {
            worker.handle(.drain(.eventual, reason: "maintenance"))
        }
        // The coordinator need not be told what it has asked for.
        if !isAskedByCoordinator { worker.expectSent(.drain(.eventual)) }
        worker.expectSent(.ready(free: 0))
        worker.say(.offer(.task(1), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(1), reason: "draining"))
        worker.expectNothingElse()
        worker.handle(.engineSucceeded(.task(0), .bare))
        worker.clear()
        worker.say(.resultOK(.task(0), .recorded))
        let reason = isAskedByCoordinator ? "the coordinator asked for it" : "maintenance"
        worker.expect([
            .forgetOutbox(.task(0)), .send(.bye(reason: reason), session: worker.session), .disconnect,
            .exit(reason: reason, isFailure: false),
        ])
        worker.expectNothingElse()
    }

    @Test("A drained worker without a coordinator keeps its result and leaves after a while")
    func offline() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.disconnected(reason: "test"))
        worker.handle(.drain(.eventual, reason: "maintenance"))
        worker.handle(.engineFailed(.task(0), .nan))
        worker.clear()
        worker.advance(by: 59_999)
        worker.drop {
            switch $0 {
            case .connect, .disconnect, .send: true
            default: false
            }
        }
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.drop { $0 == .disconnect }
        worker.expect([.exit(reason: "maintenance; 1 results stay in the outbox for the next start", isFailure: false)])
    }

    @Test("Detached attempts do not hold a drained worker up")
    func detached() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .finishDetached)]))
        worker.clear()
        worker.handle(.drain(.eventual, reason: "maintenance"))
        worker.expect([.stopTask(.task(0), reason: "superseded")])
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([.disconnect, .exit(reason: "maintenance", isFailure: false)])
    }

    @Test("A worker that was never started exits at once")
    func neverStarted() {
        var worker = TestWorker()
        worker.handle(.drain(.eventual, reason: "maintenance"))
        worker.expect([.exit(reason: "maintenance", isFailure: false)])
    }

    // MARK: - Haste

    @Test("L14: A checkpointed drain stores a checkpoint, gives the attempt back, and leaves when that is answered")
    func checkpointed() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.drain(.checkpointed, reason: "maintenance"))
        worker.expect([.suspendTask(.task(0)), .send(.drain(.checkpointed), session: worker.session)])
        worker.handle(.engineCheckpoint(.task(0), .half))
        worker.expect([.sendCheckpoint(.task(0), .half)])
        worker.handle(.engineStopped(.task(0)))
        worker.expectNothingElse()
        worker.handle(.checkpointStored(.task(0), iteration: 50))
        worker.expectSent(.checkpoint(.task(0), .half))
        worker.say(.checkpointOK(.task(0), iteration: 50))
        worker.expect([.forgetCheckpoint(.task(0), .half)])
        worker.expectSent(.returned(.task(0), reason: "maintenance"))
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([
            .forgetOutbox(.task(0)), .send(.bye(reason: "maintenance"), session: worker.session), .disconnect,
            .exit(reason: "maintenance", isFailure: false),
        ])
    }

    @Test("L14: An attempt that does not come to a checkpoint in time is killed and given back as it is")
    func tooSlow() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.drain(.expedited, reason: "spot notice"))
        worker.clear()
        worker.advance(beats: 4, renewing: [.task(0)])
        worker.advance(by: 999)
        worker.dropBeats()
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.dropBeats()
        worker.expect([.killTask(.task(0), reason: "spot notice")])
        worker.expectSent(.returned(.task(0), reason: "spot notice"), .drain(.immediate))
        // Nobody answers: what was not delivered is left behind two seconds later.
        worker.advance(by: 1_999)
        worker.dropBeats()
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([
            .disconnect,
            .exit(reason: "spot notice; 1 results stay in the outbox for the next start", isFailure: false),
        ])
    }

    @Test("L14: An immediate drain kills what runs and gives it back without blame")
    func immediate() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.drain(.immediate, reason: "now"))
        worker.expect([.killTask(.task(0), reason: "now"), .killTask(.task(1), reason: "now")])
        worker.expectSent(.returned(.task(0), reason: "now"), .returned(.task(1), reason: "now"), .drain(.immediate))
        worker.say(.resultOK(.task(0), .recorded))
        worker.say(.resultOK(.task(1), .duplicate))
        worker.expect([.forgetOutbox(.task(0)), .forgetOutbox(.task(1))])
        worker.expectSent(.bye(reason: "now"))
        worker.expect([.disconnect, .exit(reason: "now", isFailure: false)])
    }

    @Test("A drain with a limit lets tasks run, then suspends, then kills, and ends within the limit")
    func limited() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.drain(.eventual, reason: "SIGTERM", withinMilliseconds: 60_000))
        worker.clear()
        worker.advance(beats: 47, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0)])
        worker.expect([.suspendTask(.task(0))])
        worker.clear()
        worker.advance(beats: 9, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0)])
        worker.expect([.killTask(.task(0), reason: "SIGTERM")])
        worker.clear()
        worker.advance(by: 2_000)
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([
            .disconnect, .exit(reason: "SIGTERM; 1 results stay in the outbox for the next start", isFailure: false),
        ])
    }

    @Test("A second, harsher wish counts; a gentler one changes nothing")
    func harsher() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.drain(.checkpointed, reason: "first"))
        worker.clear()
        worker.handle(.drain(.eventual, reason: "second", withinMilliseconds: 3_600_000))
        worker.expectNothingElse()
        worker.handle(.drain(.immediate, reason: "third"))
        worker.expect([.killTask(.task(0), reason: "first")])
    }

    @Test("A worker whose node ends leaves before, and says at every HELLO how long is left")
    func lifetime() {
        var worker = TestWorker(lifetime: 200_000)
        worker.handle(.start)
        guard case .send(.hello(let first), _)? = worker.takeLast(), first.lifetimeMilliseconds == 200_000 else {
            Issue.record("the first HELLO did not name the lifetime")
            return
        }
        worker.clear()
        worker.welcome()
        worker.say(.reconcile([]))
        worker.say(.pong(renewed: [], ended: []))
        worker.clear()
        worker.run(.task(0))
        worker.advance(beats: 100, renewing: [.task(0)])
        worker.handle(.disconnected(reason: "test"))
        worker.clear()
        worker.advance(by: 250)
        guard case .send(.hello(let second), _)? = worker.takeLast(),
            let left = second.lifetimeMilliseconds, (99_000...100_000).contains(left)
        else {
            Issue.record("the second HELLO did not say what is left")
            return
        }
        worker.session = SessionID(2)
        worker.clear()
        worker.welcome()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .adopt)]))
        worker.say(.pong(renewed: [.task(0)], ended: []))
        worker.clear()
        worker.advance(beats: 69, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0)])
        worker.expect([.suspendTask(.task(0))])
        worker.drop { if case .send(.drain, _) = $0 { true } else { false } }
        worker.expectNothingElse()
    }
}
