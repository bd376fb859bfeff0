import FarmModel
import FarmWorker
import Testing

@Suite("Draining a worker")
struct DrainTests {
    @Test("An idle worker says BYE and exits")
    func idle() {
        var worker = TestWorker.active()
        worker.handle(.drain(reason: "maintenance"))
        worker.expect([
            .send(.ready(free: 0), session: worker.session),
            .send(.bye(reason: "maintenance"), session: worker.session), .disconnect, .exit(reason: "maintenance"),
        ])
        worker.handle(.tick)
        worker.expectNothingElse()
    }

    @Test("A busy worker takes nothing new, finishes, delivers, then leaves", arguments: [true, false])
    func busy(isAskedByCoordinator: Bool) {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        if isAskedByCoordinator { worker.say(.drain(.eventual)) } else { worker.handle(.drain(reason: "maintenance")) }
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
            .exit(reason: reason),
        ])
        worker.expectNothingElse()
    }

    @Test("A drained worker without a coordinator keeps its result and leaves after a while")
    func offline() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.disconnected(reason: "test"))
        worker.handle(.drain(reason: "maintenance"))
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
        worker.expect([.exit(reason: "maintenance; 1 results stay in the outbox for the next start")])
    }

    @Test("Detached attempts do not hold a drained worker up")
    func detached() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .finishDetached)]))
        worker.clear()
        worker.handle(.drain(reason: "maintenance"))
        worker.expect([.stopTask(.task(0), reason: "superseded")])
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([.disconnect, .exit(reason: "maintenance")])
    }

    @Test("A worker that was never started exits at once")
    func neverStarted() {
        var worker = TestWorker()
        worker.handle(.drain(reason: "maintenance"))
        worker.expect([.exit(reason: "maintenance")])
    }
}
