import FarmCoordinator
import FarmModel
import Testing

@Suite("Jobs")
struct JobTests {
    @Test("The same key is the same job, however often it is submitted")
    func idempotent() {
        var farm = TestFarm()
        farm.ask(.submit(.tasks(2), key: .number(7)))
        farm.expectReply(.submitted(JobID(1), isNew: true))
        farm.ask(.submit(.tasks(2), key: .number(7)))
        farm.expectReply(.submitted(JobID(1), isNew: false))
        farm.expectNothingElseSent()
        #expect(farm.store.records.count == 1)
    }

    @Test("A name is used once")
    func nameTaken() {
        var farm = TestFarm()
        farm.submit(.tasks(2, named: "boats"))
        farm.ask(.submit(.tasks(3, named: "boats"), key: .number(70)))
        farm.expectReply(.refused("the name \"boats\" is taken by job 1; choose another name"))
        #expect(farm.coordinator.status(of: nil).count == 1)
    }

    @Test("A bad specification is refused with its reason and leaves no trace")
    func invalid() {
        var farm = TestFarm()
        farm.ask(.submit(JobSpec(name: "none", steps: []), key: .number(1)))
        farm.expectReply(.refused("job none has 0 steps; it needs 1 to 64"))
        #expect(farm.store.records.isEmpty)
        farm.ask(.submit(.tasks(1, named: "none"), key: .number(1)))
        farm.expectReply(.submitted(JobID(1), isNew: true))
    }

    @Test("A submitter may have so many tasks open, and the next ones when some have ended")
    func quota() {
        var configuration = Coordinator.Configuration()
        configuration.openTasksPerSubmitter = 5
        var farm = TestFarm(workers: 1, configuration: configuration)
        farm.submit(.tasks(3, named: "one", of: "ada"))
        let attempt = farm.takeOffer(0)
        func submit(_ count: Int, _ name: String, of submitter: String, _ key: UInt64) {
            farm.drop { _ in true }
            farm.ask(.submit(.tasks(count, named: name, of: submitter), key: .number(key)))
        }
        let refusal = ClientReply.refused(
            "ada has 3 open tasks, and this job has 3; the farm takes 5 of one submitter: let some end, or cancel a job"
        )
        submit(3, "two", of: "ada", 2)
        farm.expectReply(refusal)
        // Others have a quota of their own, and what was taken in once is confirmed again.
        submit(5, "three", of: "bob", 3)
        farm.expectReply(.submitted(JobID(2), isNew: true))
        submit(5, "three", of: "bob", 3)
        farm.expectReply(.submitted(JobID(2), isNew: false))
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        submit(3, "two", of: "ada", 2)
        farm.expectReply(.submitted(JobID(3), isNew: true))
        submit(1, "four", of: "ada", 4)
        farm.expectReply(
            .refused(
                "ada has 5 open tasks, and this job has 1; the farm takes 5 of one submitter: let some end, or cancel a job"
            ))
        farm.ask(.command(.cancel, JobID(3)))
        farm.expectReply(.done(JobID(3)))
        submit(1, "four", of: "ada", 4)
        farm.expectReply(.submitted(JobID(4), isNew: true))
    }

    @Test("Questions and commands about unknown jobs are refused")
    func unknownJob() {
        var farm = TestFarm()
        farm.ask(.query(.job(JobID(3))))
        farm.expectReply(.refused("there is no job 3"))
        farm.ask(.command(.cancel, JobID(3)))
        farm.expectReply(.refused("there is no job 3"))
        farm.ask(.query(.jobs))
        farm.expectReply(.status([]))
        farm.ask(.open)
        farm.expectReply(.opened(Opened(epoch: 1, features: ["listings", "steering"])))
    }

    @Test("Jobs are listed page by page, and one is found by its name")
    func listing() {
        let count = UInt64(Limits.jobPage + 5)
        let stored = (1...count).map { number in
            Snapshot.StoredJob(
                id: JobID(number), spec: .tasks(1, named: "job-\(number)"), key: .number(number), isCancelled: false,
                tasks: [])
        }
        let now = Instant(milliseconds: 0)
        var coordinator = Coordinator(
            configuration: .init(), recovering: Snapshot(epoch: 1, jobs: stored), at: now)
        func ask(_ query: FarmQuery) -> ClientReply? {
            for effect in coordinator.handle(
                .clientSaid(.query(query), route: Route([1])), at: now, wall: WallTime(milliseconds: 0))
            {
                if case .reply(let reply, _) = effect { return reply }
            }
            return nil
        }
        var found: [JobID] = []
        var query = FarmQuery.jobs
        while case .status(let page)? = ask(query), let last = page.last {
            #expect(page.count <= Limits.jobPage)
            found += page.map(\.job)
            query = .jobsAfter(last.job)
        }
        #expect(found == (1...count).map { JobID($0) })
        guard case .status(let named)? = ask(.jobNamed("job-\(count)")) else {
            Issue.record("no answer")
            return
        }
        #expect(named.map(\.job) == [JobID(count)])
        #expect(ask(.jobNamed("hills")) == .refused("there is no job \"hills\""))
    }

    @Test("The counts of a job add up at every turn")
    func counts() {
        var farm = TestFarm(workers: 1, slots: 3)
        let job = farm.submit(.tasks(5))
        let attempts = (0..<3).map { _ in farm.takeOffer(0) }
        farm.say(.succeeded(attempts[0], .fixture()), from: 0)
        farm.say(.failed(attempts[1], Failure(.configuration, "no")), from: 0)
        farm.drop { _ in true }
        farm.ask(.query(.job(job)))
        farm.expectReply(
            .status([
                JobStatus(
                    job: job, name: "job", total: 5, waiting: 2, running: 1, succeeded: 1, failed: 1, cancelled: 0)
            ]))
        farm.ask(.command(.cancel, job))
        farm.expectReply(.done(job))
        #expect(farm.status()?.cancelled == 3)
        #expect(farm.status()?.isEnded == true)
    }

    @Test("L7: A cancelled job stops what runs, and its results are not wanted")
    func cancel() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(3))
        let attempt = farm.takeOffer(0)
        farm.ask(.command(.cancel, JobID(1)))
        farm.expectSent(.revoke(attempt, reason: .cancelled), to: 0)
        farm.expectReply(.done(JobID(1)))
        farm.say(.revoked(attempt), from: 0)
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .notWanted), to: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
        #expect(farm.endedJobs == [JobID(1)])

        let records = farm.store.records.count
        farm.ask(.command(.cancel, JobID(1)))
        farm.expectReply(.done(JobID(1)))
        #expect(farm.store.records.count == records)
        #expect(farm.endedJobs == [JobID(1)])
    }

    @Test("An ACCEPT that crosses a cancellation is told why it is revoked")
    func acceptAfterCancel() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.ask(.command(.cancel, JobID(1)))
        farm.say(.accept(attempt), from: 0)
        farm.expectSent(.revoke(attempt, reason: .cancelled), to: 0)
        farm.expectSent(.revoke(attempt, reason: .cancelled), to: 0)
    }

    @Test("Failed tasks are tried again with full budgets and rising numbers")
    func retryFailed() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(2))
        for _ in 0..<2 {
            farm.say(.failed(farm.takeOffer(0), Failure(.configuration, "no model")), from: 0)
            farm.drop { if case .resultOK = $0 { true } else { false } }
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.failed == 2)
        farm.ask(.command(.retryFailed, JobID(1)))
        farm.expectReply(.done(JobID(1)))
        #expect(farm.status()?.failed == 0)
        for index in 0..<2 {
            let attempt = farm.takeOffer(0)
            #expect(attempt.task.index == UInt32(index) && attempt.attempt == 2)
            farm.say(.succeeded(attempt, .fixture()), from: 0)
            farm.drop { if case .resultOK = $0 { true } else { false } }
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.succeeded == 2)
        #expect(farm.endedJobs == [JobID(1), JobID(1)])
    }

    @Test("A cancelled job goes on where it stopped, also after a restart")
    func retryCancelled() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(3))
        let attempt = farm.takeOffer(0)
        farm.ask(.command(.cancel, JobID(1)))
        farm.ask(.command(.retryFailed, JobID(1)))
        #expect(farm.status()?.waiting == 3)
        farm.drop { _ in true }
        farm.restart()
        #expect(farm.status()?.waiting == 3)
        farm.join(0)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("A job that was cancelled before anything was tried can be wanted again")
    func retryUntouched() {
        var farm = TestFarm()
        farm.submit(.chain([2, 2]))
        farm.ask(.command(.cancel, JobID(1)))
        farm.ask(.command(.retryFailed, JobID(1)))
        #expect(farm.status()?.waiting == 4)
        farm.restart()
        #expect(farm.status()?.waiting == 4)
        farm.join(0)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0).task.index == 0)
    }

    @Test("A step waits until all tasks of the steps it depends on have succeeded")
    func dependencies() {
        var farm = TestFarm(workers: 1, slots: 4)
        farm.submit(.chain([2, 1]))
        let attempts = [farm.takeOffer(0), farm.takeOffer(0)]
        farm.say(.succeeded(attempts[1], .fixture()), from: 0)
        farm.expectSent(.resultOK(attempts[1], .recorded), to: 0)
        farm.expectNothingElseSent()
        farm.say(.succeeded(attempts[0], .fixture()), from: 0)
        farm.expectSent(.resultOK(attempts[0], .recorded), to: 0)
        #expect(farm.takeOffer(0).task.index == 2)
        #expect(farm.endedJobs.isEmpty)
    }

    @Test("When a task fails for good, the steps behind it have failed too, and a retry brings them back")
    func failedDependency() {
        var farm = TestFarm(workers: 1)
        farm.submit(.chain([1, 2, 3]))
        farm.say(.failed(farm.takeOffer(0), Failure(.configuration, "no")), from: 0)
        #expect(farm.status()?.failed == 6)
        #expect(farm.endedJobs == [JobID(1)])
        farm.drop { _ in true }
        farm.restart()
        #expect(farm.status()?.failed == 6)
        farm.ask(.command(.retryFailed, JobID(1)))
        farm.expectReply(.done(JobID(1)))
        #expect(farm.status()?.waiting == 6)
        farm.join(0)
        farm.say(.ready(free: 1), from: 0)
        farm.say(.succeeded(farm.takeOffer(0), .fixture()), from: 0)
        farm.drop { _ in true }
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0).task.index == 1)
    }
}
