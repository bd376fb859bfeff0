import FarmModel
import FarmWorker
import Testing

/// A disk that never answers holds no attempt for ever.
@Suite("A disk that does not answer")
struct DiskTests {
    /// The patience of a worker with its disk, in heartbeats of these tests.
    private static let beats = 600

    private static func failure(_ what: String) -> Failure {
        Failure(.infrastructure, "the disk of worker w does not answer: \(what) within 600 s")
    }

    @Test("An attempt whose files do not come together is stopped and fails for this node, which then rests")
    func gathering() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.advance(beats: Self.beats - 1, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0)])
        worker.expect([.killTask(.task(0), reason: "its files were not gathered within 600 s")])
        worker.expectSent(.failed(.task(0), Self.failure("its files were not gathered")))
        worker.say(.offer(.task(1), .fixture, leaseMilliseconds: 12_000, resume: nil))
        worker.expectSent(
            .decline(
                .task(1), reason: "the disk of worker w failed: its files were not gathered within 600 s"))
        // What was gathered comes too late.
        worker.handle(.engineStarted(.task(0)))
        worker.expectNothingElse()
    }

    @Test("What still comes in from the coordinator is waited for")
    func arriving() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.advance(beats: Self.beats - 1, renewing: [.task(0)])
        worker.handle(.filesArrive)
        worker.advance(beats: Self.beats - 1, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0)])
        worker.expect([.killTask(.task(0), reason: "its files were not gathered within 600 s")])
    }

    @Test("An engine may work as long as it likes, but its outputs have to be read in time")
    func outputs() {
        var worker = TestWorker.active()
        worker.run(.task(0))
        worker.handle(.engineStarted(.task(0)))
        worker.advance(beats: 3 * Self.beats, renewing: [.task(0)])
        // An engine is none of the disk's affairs, whatever comes in for others.
        worker.handle(.filesArrive)
        worker.advance(beats: Self.beats, renewing: [.task(0)])
        worker.expectNothingElse()
        worker.handle(.engineEnded(.task(0)))
        worker.advance(beats: Self.beats, renewing: [.task(0)])
        worker.expect([.killTask(.task(0), reason: "its outputs were not read within 600 s")])
        worker.expectSent(.failed(.task(0), Self.failure("its outputs were not read")))
        // The result comes too late, and so do its files.
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([.forgetOutbox(.task(0))])
    }

    @Test("A result that is never durable is given up, and a failure is reported all the same")
    func keeping() {
        var worker = TestWorker.active(slots: 2)
        worker.hasSlowDisk = true
        worker.run(.task(0))
        worker.run(.task(1))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.handle(.engineFailed(.task(1), .nan))
        worker.clear()
        worker.advance(beats: Self.beats - 1, renewing: [.task(0), .task(1)])
        worker.expectNothingElse()
        worker.advance(beats: 1, renewing: [.task(0), .task(1)])
        worker.expectSent(.failed(.task(0), Self.failure("its end was not kept")), .failed(.task(1), .nan))
        worker.handle(.outboxKept(.task(0)))
        worker.handle(.outboxKept(.task(1)))
        worker.expectNothingElse()
        worker.say(.resultOK(.task(0), .recorded))
        worker.expect([.forgetOutbox(.task(0))])
    }

    @Test("The patience goes on without a coordinator, and what came of it is reported when there is one")
    func offline() {
        var worker = TestWorker.active(maximumDetached: 3_600_000)
        worker.hasSlowDisk = true
        worker.run(.task(0))
        worker.handle(.engineSucceeded(.task(0), .pictures))
        worker.handle(.disconnected(reason: "test"))
        worker.advance(by: 600_000)
        worker.clear()
        while worker.take() != .connect { worker.advance(by: 100) }
        worker.session = SessionID(2)
        worker.welcome()
        worker.clear()
        worker.say(.reconcile([Reconciliation(attempt: .task(0), verdict: .resend)]))
        worker.dropBeats()
        worker.expectSent(.failed(.task(0), Self.failure("its end was not kept")))
    }
}
