import FarmModel
import FarmWorker
import Testing

@Suite("Attempts of a worker")
struct AttemptTests {
    @Test("An offer is accepted and started while there is room, and declined when there is none")
    func room() {
        var worker = TestWorker.active()
        worker.say(.offer(.task(0), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expect([
            .send(.accept(.task(0)), session: worker.session), .startTask(.task(0), .fixture, resume: nil),
            .send(.ready(free: 0), session: worker.session),
        ])
        worker.say(.offer(.task(1), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(1), reason: "no free slot"))
        worker.expectNothingElse()
    }

    @Test("A doubled offer is accepted again but not started again")
    func doubledOffer() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.say(.offer(.task(0), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.accept(.task(0)))
        worker.handle(.engineFailed(.task(0), .nan))
        worker.clear()
        worker.say(.offer(.task(0), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectNothingElse()
    }

    @Test("A newer attempt replaces an older one, never the other way round")
    func newerAttempt() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0, attempt: 2))
        worker.say(.offer(.task(0, attempt: 1), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(.decline(.task(0, attempt: 1), reason: "a newer attempt is running"))
        worker.say(.offer(.task(0, attempt: 3), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expect([
            .stopTask(.task(0, attempt: 2), reason: "a newer attempt was offered"),
            .send(.accept(.task(0, attempt: 3)), session: worker.session),
            .startTask(.task(0, attempt: 3), .fixture, resume: nil),
        ])
    }

    @Test("L6: A revocation is answered whether or not the attempt is known")
    func revoke() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.say(.revoke(.task(0), reason: .cancelled))
        worker.expect([
            .stopTask(.task(0), reason: "cancelled"), .send(.revoked(.task(0)), session: worker.session),
            .send(.ready(free: 1), session: worker.session),
        ])
        worker.say(.revoke(.task(0), reason: .cancelled))
        worker.expectSent(.revoked(.task(0)))
        worker.handle(.engineSucceeded(.task(0), .bare))
        worker.expect([.forgetOutbox(.task(0))])
        worker.handle(.engineFailed(.task(0), .nan))
        worker.expectNothingElse()
    }

    @Test("Pings list what runs and what has no answer yet")
    func pings() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.engineFailed(.task(0), .nan))
        worker.clear()
        worker.advance(by: 1_000)
        worker.drop { if case .send(.ready, _) = $0 { true } else { false } }
        worker.expectSent(.ping([HeldAttempt(.task(1)), HeldAttempt(.task(0), hasEnded: true)]))
    }

    @Test("An attempt that a PONG calls ended is stopped, a result is kept")
    func endedLease() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.engineSucceeded(.task(1), .bare))
        worker.advance(by: 1_000)
        worker.clear()
        worker.say(.pong(renewed: [], ended: [.task(0), .task(1)]))
        worker.expect([
            .stopTask(.task(0), reason: "its lease has ended"), .send(.ready(free: 2), session: worker.session),
        ])
        worker.expectNothingElse()
    }

    @Test("Answered pings keep a lease; it counts from when the ping left")
    func leaseFromPing() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.advance(beats: 30, renewing: [.task(0)])
        worker.expectNothingElse()
        // From now on pongs come, but none renews the attempt: when its time is up the coordinator is asked.
        worker.advance(beats: 11)
        worker.expectNothingElse()
        worker.advance(by: 1_000)
        worker.drop { if case .send = $0 { true } else { false } }
        worker.expect([.disconnect])
    }

    @Test("Attempts go on without a coordinator and are listed at the next session")
    func offline() {
        var worker = TestWorker.active(slots: 3)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.disconnected(reason: "test"))
        worker.clear()
        worker.handle(.engineSucceeded(.task(1), .pictures))
        worker.expect([.persistOutbox(OutboxEntry(attempt: .task(1), outcome: .succeeded(.pictures)))])
        worker.handle(.engineProgress(.task(0), Progress(iteration: 1, iterations: 2, loss: 0, rate: 1)))
        worker.expectNothingElse()
        #expect(worker.reconnect() == .inventory(held: [.task(0)], outbox: [.task(1)], more: false))
        worker.say(
            .reconcile([
                Reconciliation(attempt: .task(0), verdict: .adopt),
                Reconciliation(attempt: .task(1), verdict: .resend),
            ]))
        worker.expectSent(
            .ping([
                HeldAttempt(.task(0), iteration: 1, sinceStepMilliseconds: 250), HeldAttempt(.task(1), hasEnded: true),
            ]))
        worker.expect([.sendBlobs(.task(1), [.picture, .curve]), .send(.ready(free: 2), session: worker.session)])
        worker.expectNothingElse()
    }

    @Test("An attempt given up at the reconnect is stopped, a result nobody wants is forgotten")
    func abandon() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.engineFailed(.task(1), .nan))
        #expect(worker.reconnect() == .inventory(held: [.task(0)], outbox: [.task(1)], more: false))
        worker.say(.reconcile([.task(0), .task(1)].map { Reconciliation(attempt: $0, verdict: .abandon) }))
        worker.expect([.stopTask(.task(0), reason: "the coordinator gave it up"), .forgetOutbox(.task(1))])
        worker.expectSent(.ping([]), .ready(free: 2))
    }

    @Test("A detached attempt goes on until its slot is needed, and is not listed")
    func detached() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        _ = worker.reconnect()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .finishDetached)]))
        worker.expectSent(.ping([]), .ready(free: 1))
        worker.expectNothingElse()
        worker.say(.offer(.task(5), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expect([
            .stopTask(.task(0), reason: "its slot is needed"), .send(.accept(.task(5)), session: worker.session),
            .startTask(.task(5), .fixture, resume: nil), .send(.ready(free: 0), session: worker.session),
        ])
    }

    @Test("The result of a detached attempt is reported, its failure is not")
    func detachedEnds() {
        var worker = TestWorker.active(slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        _ = worker.reconnect()
        worker.say(.reconcile([.task(0), .task(1)].map { Reconciliation(attempt: $0, verdict: .finishDetached) }))
        worker.clear()
        worker.handle(.engineFailed(.task(0), .nan))
        worker.expectNothingElse()
        worker.handle(.engineSucceeded(.task(1), .bare))
        worker.expect([
            .persistOutbox(OutboxEntry(attempt: .task(1), outcome: .succeeded(.bare))),
            .send(.succeeded(.task(1), .bare), session: worker.session),
        ])
    }

    @Test("Without a coordinator attempts stop after a while, and the worker keeps asking")
    func maximumDetached() {
        var worker = TestWorker.active(maximumDetached: 30_000)
        worker.run(.task(0))
        worker.handle(.disconnected(reason: "test"))
        worker.advance(by: 29_999)
        worker.drop { $0 != .stopTask(.task(0), reason: "the coordinator was lost for too long") }
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.expect([.stopTask(.task(0), reason: "the coordinator was lost for too long")])
        worker.advance(by: 60_000)
        #expect(worker.take() != nil)
    }

    @Test("With no patience attempts stop as soon as contact is lost")
    func noDetached() {
        var worker = TestWorker.active(maximumDetached: 0)
        worker.run(.task(0))
        worker.handle(.disconnected(reason: "test"))
        worker.expect([.disconnect, .stopTask(.task(0), reason: "the coordinator was lost for too long")])
    }

    @Test("Without a coordinator an attempt ends before its node does, however long it might run on alone")
    func detachedWithinLifetime() {
        var worker = TestWorker.active(maximumDetached: 600_000, lifetime: 100_000)
        worker.run(.task(0))
        worker.handle(.disconnected(reason: "test"))
        worker.drop { effect in
            if case .disconnect = effect { true } else { false }
        }
        // A quarter of the lifetime before its end there is time for a checkpoint, which stays here.
        worker.advance(by: 74_999)
        worker.drop { if case .suspendTask = $0 { false } else { true } }
        worker.expectNothingElse()
        worker.advance(by: 1)
        worker.drop { if case .suspendTask = $0 { false } else { true } }
        worker.expect([.suspendTask(.task(0))])
        worker.advance(by: 25_000)
        worker.drop { effect in
            switch effect {
            case .killTask, .exit: false
            default: true
            }
        }
        worker.expect([.killTask(.task(0), reason: "its node ends")])
        guard case .exit? = worker.take() else {
            Issue.record("the worker outlived its node")
            return
        }
    }

    @Test("Progress is passed on, but not more than twice a second")
    func progress() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        let progress = Progress(iteration: 1, iterations: 2, loss: 0, rate: 1)
        worker.handle(.engineProgress(.task(0), progress))
        worker.handle(.engineProgress(.task(0), progress))
        worker.handle(.engineProgress(.task(7), progress))
        worker.expectSent(.progress(.task(0), progress))
        worker.expectNothingElse()
        worker.advance(by: 500)
        worker.clear()
        worker.handle(.engineProgress(.task(0), progress))
        worker.expectSent(.progress(.task(0), progress))
    }
}
