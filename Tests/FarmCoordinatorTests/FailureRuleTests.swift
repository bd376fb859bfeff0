import FarmCoordinator
import FarmModel
import Testing

@Suite("Rules of failure")
struct FailureRuleTests {
    /// A farm whose tasks never rest.
    private func farm(workers: Int, _ change: (inout Coordinator.Configuration) -> Void = { _ in }) -> TestFarm {
        var configuration = Coordinator.Configuration()
        configuration.maximumRestMilliseconds = 0
        change(&configuration)
        return TestFarm(workers: workers, configuration: configuration)
    }

    /// The worker that has an offer, and its attempt.
    private func offered(_ farm: inout TestFarm, among workers: Int) -> (worker: Int, attempt: TaskAttempt)? {
        for worker in 0..<workers {
            guard case .offer(let attempt, _, _, _)? = farm.take(from: worker) else { continue }
            farm.say(.accept(attempt), from: worker)
            return (worker, attempt)
        }
        return nil
    }

    @Test("A job's own budget replaces the farm's")
    func ownBudget() {
        var farm = farm(workers: 1)
        var spec = JobSpec.tasks(1)
        spec.retries = RetryBudget(task: 1)
        farm.submit(spec)
        farm.fail(farm.takeOffer(0), on: 0)
        #expect(farm.status()?.failed == 0)
        farm.fail(farm.takeOffer(0), on: 0)
        #expect(farm.status()?.failed == 1)
    }

    @Test("A task whose budget of refusals runs out ends its job like any other failure")
    func busyBudget() {
        var farm = farm(workers: 1)
        var spec = JobSpec.tasks(1)
        spec.retries = RetryBudget(busy: 0)
        let job = farm.submit(spec)
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else { return #expect(Bool(false)) }
        farm.say(.decline(attempt, reason: "no room"), from: 0)
        #expect(farm.status(job)?.failed == 1)
        #expect(farm.endedJobs == [job])
        #expect(farm.notices.contains { if case .attemptFailed(_, _, willRetry: false) = $0 { true } else { false } })
    }

    @Test("A worker that rests after misfortunes rests on when its connection is made anew")
    func restOutlastsReconnecting() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(4))
        for _ in 0..<2 { farm.fail(farm.takeOffer(0), Failure(.infrastructure, "no space"), on: 0) }
        farm.expectNothingElseSent()
        farm.add(0)
        farm.expectNothingElseSent()
        farm.advance(by: farm.configuration.restMilliseconds)
        farm.say(.ready(free: 1), from: 0)
        farm.takeOffer(0)
    }

    @Test("L12: A task that takes five engines down fails for good, whatever its budget")
    func poison() {
        var farm = farm(workers: 6)
        var spec = JobSpec.tasks(1)
        spec.retries = RetryBudget(infrastructure: nil)
        farm.submit(spec)
        for _ in 0..<5 {
            guard let (worker, attempt) = offered(&farm, among: 6) else { return #expect(Bool(false)) }
            #expect(farm.status()?.failed == 0)
            farm.fail(attempt, .crashed, on: worker)
        }
        #expect(farm.status()?.failed == 1)
        guard case .failed(let failure, attempts: 5)? = farm.explain(0) else { return #expect(Bool(false)) }
        #expect(failure?.cause == .crashed(signal: 11))
    }

    @Test("Crashes are counted across restarts of the coordinator")
    func poisonAndRestart() {
        var farm = farm(workers: 1)
        farm.submit(.tasks(1))
        for _ in 0..<4 { farm.fail(farm.takeOffer(0), .crashed, on: 0) }
        farm.restart()
        farm.add(0)
        farm.fail(farm.takeOffer(0), .crashed, on: 0)
        #expect(farm.status()?.failed == 1)
    }

    @Test("A task fails for good only after three workers have failed it, where there are three")
    func distinctWorkers() {
        var farm = farm(workers: 4)
        var spec = JobSpec.tasks(1)
        spec.retries = RetryBudget(task: 0)
        farm.submit(spec)
        var tried: [Int] = []
        while let (worker, attempt) = offered(&farm, among: 4) {
            tried.append(worker)
            farm.fail(attempt, on: worker)
        }
        #expect(tried.count == 3)
        #expect(Set(tried).count == 3)
        #expect(farm.status()?.failed == 1)
    }

    @Test("A task that failed here waits for another worker, and comes back if there is none any more")
    func elsewhere() {
        var farm = farm(workers: 1)
        farm.submit(.tasks(1))
        let attempt = farm.takeOffer(0)
        farm.join(1)
        farm.fail(attempt, on: 0)
        farm.expectNothingElseSent()
        #expect(farm.explain(0) == .anotherWorkerWanted(failedOn: 1))
        farm.handle(.unreachable(TestFarm.route(1)))
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("After the second failure of its node a task rests, twice as long each time")
    func growingRest() {
        var configuration = Coordinator.Configuration()
        configuration.retries.infrastructure = nil
        var farm = TestFarm(workers: 1, configuration: configuration)
        farm.submit(.tasks(1))
        var rests: [Int64] = []
        for _ in 0..<5 {
            let attempt = farm.takeOffer(0)
            // A lost attempt, not a report: the worker itself need not rest.
            farm.say(.revoked(attempt), from: 0)
            farm.say(.ready(free: 1), from: 0)
            guard case .restsAfterFailure(_, _, let rest)? = farm.explain(0) else { continue }
            rests.append(rest)
            farm.advance(by: rest)
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(rests == [2_000, 4_000, 8_000, 16_000])
    }

    @Test("A worker whose disk is full does not empty the budgets of all tasks")
    func worstWorker() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(50))
        farm.fail(farm.takeOffer(0), .noDisk, on: 0)
        farm.fail(farm.takeOffer(0), .noDisk, on: 0)
        farm.expectNothingElseSent()
        #expect(farm.explain(9) == .workersResting(count: 1, rest: 2_000))
        farm.advance(by: 2_000)
        farm.fail(farm.takeOffer(0), .noDisk, on: 0)
        farm.expectNothingElseSent()
        farm.advance(by: 4_000)
        // A success ends the misfortune.
        farm.finish(farm.takeOffer(0), on: 0)
        farm.fail(farm.takeOffer(0), .noDisk, on: 0)
        farm.takeOffer(0)
    }

    @Test("L13: Three failures in a row block a worker from a job for five hours, or until it is forgiven")
    func blockList() {
        for isForgiven in [false, true] {
            var farm = farm(workers: 1)
            farm.join(1)
            farm.submit(.tasks(20))
            for _ in 0..<3 { farm.fail(farm.takeOffer(0), on: 0) }
            farm.expectNothingElseSent()
            #expect(farm.store.records.contains { if case .workerBlocked = $0 { true } else { false } })
            farm.submit(.tasks(1, named: "other"))
            #expect(farm.takeOffer(0).task.job == JobID(2))
            farm.finish(TaskID(job: JobID(2), index: 0).first, on: 0)
            farm.expectNothingElseSent()
            if isForgiven {
                farm.command(.forgive, 0)
            } else {
                farm.advance(beats: 5 * 720, pinging: [0, 1])
                farm.say(.ready(free: 1), from: 0)
            }
            #expect(farm.takeOffer(0).task.job == JobID(1))
        }
    }

    @Test("A block outlives the coordinator, and a success wipes the count")
    func blockAndRestart() {
        var farm = farm(workers: 1)
        farm.join(1)
        farm.submit(.tasks(20))
        for _ in 0..<2 { farm.fail(farm.takeOffer(0), on: 0) }
        farm.finish(farm.takeOffer(0), on: 0)
        for _ in 0..<3 { farm.fail(farm.takeOffer(0), on: 0) }
        farm.expectNothingElseSent()
        farm.restart()
        farm.join(1)
        farm.add(0)
        farm.expectNothingElseSent()
        farm.handle(.unreachable(TestFarm.route(1)))
        #expect(farm.explain(10) == .workersBlocked(count: 1))
    }

    @Test("The last worker that can go on is never blocked")
    func lastWorker() {
        var farm = farm(workers: 1)
        farm.submit(.tasks(20))
        for _ in 0..<6 { farm.fail(farm.takeOffer(0), on: 0) }
        farm.takeOffer(0)
    }

    @Test("L10: An attempt without an iteration for too long is stopped and tried again")
    func stall() {
        var farm = farm(workers: 1)
        farm.submit(.tasks(1) { $0.stallMilliseconds = 30_000 })
        let attempt = farm.takeOffer(0)
        farm.say(.ping([HeldAttempt(attempt, iteration: 7, sinceStepMilliseconds: 30_000)]), from: 0)
        farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        farm.say(.ping([HeldAttempt(attempt, iteration: 7, sinceStepMilliseconds: 30_001)]), from: 0)
        farm.expectSent(.revoke(attempt, reason: .failed), to: 0)
        farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        #expect(farm.store.task(attempt.task)?.crashes == 1)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("An attempt that has ended breaks no rule while its files are on their way")
    func ended() {
        var farm = farm(workers: 1)
        farm.submit(
            .tasks(1) {
                $0.maximumMilliseconds = 12_000
                $0.stallMilliseconds = 12_000
            })
        let attempt = farm.takeOffer(0)
        farm.say(.ping([HeldAttempt(attempt, iteration: 7, sinceStepMilliseconds: 9)]), from: 0)
        for _ in 0..<4 {
            farm.drop { if case .pong = $0 { true } else { false } }
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(attempt, hasEnded: true)]), from: 0)
            farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        }
        farm.say(.succeeded(attempt, TaskResult(artifacts: [], wallMilliseconds: 9)), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
    }

    @Test("L10: An attempt that runs for too long fails, and a result that comes too soon is not believed")
    func runTimes() {
        var farm = farm(workers: 1)
        farm.submit(
            .tasks(1) {
                $0.maximumMilliseconds = 12_000
                $0.minimumMilliseconds = 100
            })
        let attempt = farm.takeOffer(0)
        // What it takes to gather its files does not count: until the engine begins nothing is said of steps.
        farm.advance(beats: 4, pinging: [0], holding: [attempt])
        #expect(farm.status()?.running == 1)
        farm.say(.ping([HeldAttempt(attempt, sinceStepMilliseconds: 1_000)]), from: 0)
        farm.advance(by: 11_000)
        farm.say(.ping([HeldAttempt(attempt, iteration: 5)]), from: 0)
        #expect(farm.status()?.running == 1)
        farm.drop { if case .pong = $0 { true } else { false } }
        farm.advance(by: 1_001)
        farm.say(.ping([HeldAttempt(attempt, iteration: 6)]), from: 0)
        farm.expectSent(.revoke(attempt, reason: .failed), to: 0)
        farm.drop { if case .pong = $0 { true } else { false } }
        farm.say(.ready(free: 1), from: 0)
        let second = farm.takeOffer(0)
        #expect(farm.store.task(attempt.task)?.failures == [.task: 1])
        farm.say(.succeeded(second, TaskResult(artifacts: [], wallMilliseconds: 99)), from: 0)
        farm.expectSent(.resultOK(second, .rejected), to: 0)
        #expect(farm.store.task(attempt.task)?.failures == [.task: 1, .badOutput: 1])
    }
}
