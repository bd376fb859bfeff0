import FarmModel
import FarmWorker
import Testing

@Suite("Optional parts, at the worker")
struct FeatureTests {
    private let checkpoint = Checkpoint(iteration: 5, digest: .number(5), byteCount: 10)

    private func active(_ features: [Feature], slots: UInt32 = 1) -> TestWorker {
        var worker = TestWorker(slots: slots)
        worker.handle(.start)
        worker.expect([.connect, .send(.hello(worker.hello), session: .none)])
        worker.welcome(accepting: features)
        worker.say(.reconcile([]))
        worker.say(.pong(renewed: [], ended: []))
        worker.clear()
        return worker
    }

    @Test("V5: Where checkpoints are not accepted nothing is said of them, and their files go")
    func noCheckpoints() {
        var worker = active([.returns])
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint)])
        worker.say(.revoke(.task(0), reason: .paused))
        worker.expect([.suspendTask(.task(0))])
        worker.handle(.engineCheckpoint(.task(0), checkpoint))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint)])
        worker.handle(.engineStopped(.task(0)))
        worker.expectSent(.returned(.task(0), reason: "paused"), .ready(free: 1))
        worker.expectNothingElse()
    }

    @Test("V5: Where returns are not accepted a pause stops at once, and a drain has no mode")
    func noReturns() {
        var worker = active([.checkpoints], slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        worker.clear()
        worker.say(.revoke(.task(0), reason: .paused))
        worker.expect([
            .stopTask(.task(0), reason: "paused"), .send(.revoked(.task(0)), session: worker.session),
            .send(.ready(free: 1), session: worker.session),
        ])
        worker.handle(.drain(.expedited, reason: "test"))
        worker.expect([.suspendTask(.task(1)), .send(.drain(.eventual), session: worker.session)])
        worker.expectSent(.ready(free: 0))
        worker.handle(.drain(.immediate, reason: "test"))
        worker.expect([.killTask(.task(1), reason: "test")])
        // Nothing waits for an answer: it may leave.
        worker.expectSent(.revoked(.task(1)), .bye(reason: "test"))
    }

    @Test("V5, V6: What an earlier session was to have is dropped when the next coordinator does not know of it")
    func olderCoordinator() {
        var worker = active(Feature.ofWorkers, slots: 2)
        worker.run(.task(0))
        worker.run(.task(1))
        for iteration: UInt32 in [5, 6] {
            worker.handle(
                .engineCheckpoint(
                    .task(0), Checkpoint(iteration: iteration, digest: .number(UInt8(iteration)), byteCount: 10)))
        }
        worker.say(.revoke(.task(1), reason: .paused))
        worker.handle(.engineStopped(.task(1)))
        worker.handle(.disconnected(reason: "test"))
        worker.advance(by: 250)
        worker.session = SessionID(2)
        worker.clear()
        worker.welcome(accepting: [])
        worker.expect([
            .forgetCheckpoint(.task(0), checkpoint),
            .forgetCheckpoint(.task(0), Checkpoint(iteration: 6, digest: .number(6), byteCount: 10)),
            .forgetOutbox(.task(1)),
        ])
        worker.expectSent(.inventory(held: [.task(0)], outbox: [], more: false))
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .adopt)]))
        worker.expectSent(.ping([HeldAttempt(.task(0))]), .ready(free: 1))
    }

    @Test("V5: A word that was not offered is no leave to use anything")
    func notOffered() {
        var worker = TestWorker()
        worker.handle(.start)
        worker.clear()
        worker.handle(
            .coordinatorSaid(
                .welcome(
                    Welcome(
                        session: worker.session, epoch: 1, heartbeatMilliseconds: 1_000, leaseMilliseconds: 12_000,
                        blobEndpoint: "", features: ["teleports"])), session: .none))
        worker.expectSent(.inventory(held: [], outbox: [], more: false))
        worker.say(.reconcile([]))
        worker.clear()
        worker.run(.task(0))
        worker.handle(.engineCheckpoint(.task(0), checkpoint))
        worker.expect([.forgetCheckpoint(.task(0), checkpoint)])
    }
}
