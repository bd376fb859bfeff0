import FarmCoordinator
import FarmModel
import Testing

@Suite("Control of jobs")
struct ControlTests {
    @Test("A paused job gives nothing out, and what runs comes back without blame")
    func pause() {
        var farm = TestFarm(workers: 2)
        farm.submit(.tasks(4))
        let running = farm.takeOffer(0)
        guard case .offer(let offered, _, _, _)? = farm.take(from: 1) else { return #expect(Bool(false)) }
        farm.command(.pause)
        farm.expectSent(.revoke(running, reason: .paused), to: 0)
        farm.expectSent(.revoke(offered, reason: .paused), to: 1)
        #expect(farm.status()?.running == 1)
        #expect(farm.status()?.isPaused == true)
        farm.say(.returned(running, reason: "paused"), from: 0)
        farm.expectSent(.resultOK(running, .recorded), to: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
        #expect(farm.store.task(running.task)?.failures == [:])
        #expect(farm.status()?.running == 0)
        farm.command(.resume)
        #expect(farm.takeOffer(1) == running.number(2))
        #expect(farm.takeOffer(0) == offered.number(2))
    }

    @Test("A lost revocation is repeated with the next ping, and patience ends")
    func repeatedRevocation() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.command(.pause)
        farm.expectSent(.revoke(attempt, reason: .paused), to: 0)
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.revoke(attempt, reason: .paused), to: 0)
        farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        for _ in 0..<24 {
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        }
        #expect(farm.status()?.running == 0)
        #expect(farm.store.task(attempt.task)?.failures == [:])
    }

    @Test("A result that comes while its job is paused counts")
    func resultWhilePaused() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.command(.pause)
        farm.expectSent(.revoke(attempt, reason: .paused), to: 0)
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        #expect(farm.endedJobs == [JobID(1)])
    }

    @Test("A pause outlives the coordinator")
    func pauseAndRestart() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(2))
        let attempt = farm.takeOffer(0)
        farm.command(.pause)
        farm.restart()
        farm.join(0, held: [attempt])
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.revoke(attempt, reason: .paused), to: 0)
        farm.drop { if case .pong = $0 { true } else { false } }
        farm.say(.revoked(attempt), from: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
        farm.command(.resume)
        farm.takeOffer(0)
    }

    @Test("A priority can change while tasks wait, and survives a restart")
    func priority() {
        var farm = TestFarm()
        farm.submit(.tasks(2, named: "first"))
        farm.submit(.tasks(2, named: "second"))
        farm.command(.setPriority(3), JobID(2))
        farm.restart()
        farm.add(0)
        #expect(farm.takeOffer(0).task == TaskID(job: JobID(2), index: 0))
        farm.command(.setPriority(4), JobID(1))
        farm.finish(TaskID(job: JobID(2), index: 0).first, on: 0)
        #expect(farm.takeOffer(0).task == TaskID(job: JobID(1), index: 0))
        #expect(farm.status(JobID(2))?.priority == 3)
    }

    @Test("Single failed tasks are queued again with full budgets; others are left alone")
    func requeue() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(3))
        for _ in 0..<2 { farm.fail(farm.takeOffer(0), Failure(.configuration, "no"), on: 0) }
        #expect(farm.status()?.failed == 2)
        farm.command(.requeue([1, 2, 1]))
        #expect(farm.status()?.failed == 1)
        farm.ask(.command(.requeue([3]), JobID(1)))
        guard case .refused? = farm.takeReply() else { return #expect(Bool(false)) }
        let running = farm.takeOffer(0)
        farm.finish(running, on: 0)
        #expect(farm.takeOffer(0).task.index == 1)
    }

    @Test("A job with too many failed tasks fails as a whole, and can be retried")
    func failureLimit() {
        var farm = TestFarm(workers: 2)
        var spec = JobSpec.tasks(10)
        spec.failureLimit = 2
        farm.submit(spec)
        let other = farm.takeOffer(0)
        farm.fail(farm.takeOffer(1), Failure(.configuration, "no"), on: 1)
        farm.say(.failed(farm.takeOffer(1), Failure(.configuration, "no")), from: 1)
        farm.expectSent(.revoke(other, reason: .cancelled), to: 0)
        #expect(farm.status()?.failure == "2 of its tasks failed; it allows fewer than 2")
        #expect(farm.status()?.failed == 2)
        #expect(farm.status()?.cancelled == 8)
        #expect(farm.endedJobs == [JobID(1)])
        farm.restart()
        #expect(farm.status()?.failure != nil)
        farm.command(.retryFailed)
        #expect(farm.status()?.failure == nil)
        #expect(farm.status()?.waiting == 10)
    }

    @Test("Listings are paged, filtered and bounded")
    func listings() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(5))
        farm.fail(farm.takeOffer(0), Failure(.configuration, "no"), on: 0)
        farm.takeOffer(0)
        farm.ask(.query(.tasks(JobID(1), .waiting, TaskPageRequest(limit: 2))))
        guard case .tasks(let page)? = farm.takeReply() else { return #expect(Bool(false)) }
        #expect(page.tasks.map(\.index) == [2, 3])
        #expect(page.next == 4)
        farm.ask(.query(.tasks(JobID(1), .all, TaskPageRequest(from: 0, limit: 2))))
        guard case .tasks(let all)? = farm.takeReply() else { return #expect(Bool(false)) }
        #expect(all.tasks.map(\.state) == [.failed, .running])
        farm.ask(.query(.workers))
        guard case .workers(let workers)? = farm.takeReply() else { return #expect(Bool(false)) }
        #expect(workers.map(\.held.count) == [1])
    }
}

extension TaskID {
    /// Its first attempt.
    var first: TaskAttempt { TaskAttempt(task: self, attempt: 1) }
}
