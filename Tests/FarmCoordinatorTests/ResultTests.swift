import FarmCoordinator
import FarmModel
import Testing

@Suite("Results")
struct ResultTests {
    @Test("R1: A result is recorded once, published once and acknowledged every time")
    func duplicate() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        for _ in 0..<9 {
            farm.say(.succeeded(attempt, .fixture()), from: 0)
            farm.expectSent(.resultOK(attempt, .duplicate), to: 0)
        }
        farm.expectNothingElseSent()
        #expect(farm.published == [attempt])
        #expect(farm.status()?.succeeded == 1)
        #expect(farm.endedJobs == [JobID(1)])
    }

    @Test("R2: The first result of any attempt wins: the holder is told to stop, and its result is superseded")
    func lateResultWins() {
        var farm = TestFarm(workers: 2)
        let first = farm.runOneTask(on: 0)
        farm.advance(beats: 15, pinging: [1])
        let second = farm.takeOffer(1)
        #expect(farm.join(0, held: [first]).map(\.verdict) == [.finishDetached])
        farm.say(.succeeded(first, .fixture(1)), from: 0)
        farm.expectSent(.resultOK(first, .recorded), to: 0)
        farm.expectSent(.revoke(second, reason: .superseded), to: 1)
        farm.say(.succeeded(second, .fixture(2)), from: 1)
        farm.expectSent(.resultOK(second, .superseded), to: 1)
        farm.expectNothingElseSent()
        #expect(farm.published == [first])
    }

    @Test("A result for a lapsed attempt is recorded while nobody else has the task")
    func resultAfterLapse() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.advance(by: 75_000)
        farm.join(0, outbox: [attempt])
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
    }

    @Test("R4: A result with files that are not here asks for them and keeps its lease")
    func missingBlobs() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, .fixture(5)), from: 0, missing: [.number(5)])
        farm.expectSent(.needBlobs(attempt, [.number(5)]), to: 0)
        farm.advance(beats: 30, pinging: [0], holding: [attempt])
        farm.say(.succeeded(attempt, .fixture(5)), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.expectNothingElseSent()
    }

    @Test("A repetition does not ask for files that nobody wants any more")
    func missingBlobsOfADuplicate() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.say(.succeeded(attempt, .fixture()), from: 0, missing: [.number(1)])
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.expectSent(.resultOK(attempt, .duplicate), to: 0)
    }

    @Test("A result that counts before its ACCEPT came ends the offer")
    func resultOfAnOffer() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.say(.accept(attempt), from: 0)
        farm.expectSent(.revoke(attempt, reason: .superseded), to: 0)
    }

    @Test("R3: Nobody wants results of attempts that were never given out, or not to this worker")
    func invented() {
        var farm = TestFarm(workers: 2)
        let attempt = farm.runOneTask(on: 0)
        let unknown = TaskAttempt(task: TaskID(job: JobID(9), index: 0), attempt: 1)
        let outside = TaskAttempt(task: TaskID(job: JobID(1), index: 8), attempt: 1)
        for invented in [attempt.number(0), attempt.number(2), unknown, outside] {
            farm.say(.succeeded(invented, .fixture()), from: 0)
            farm.expectSent(.resultOK(invented, .notWanted), to: 0)
            farm.say(.failed(invented, .nan), from: 0)
            farm.expectSent(.resultOK(invented, .notWanted), to: 0)
        }
        farm.say(.succeeded(attempt, .fixture()), from: 1)
        farm.expectSent(.resultOK(attempt, .notWanted), to: 1)
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 1)
    }

    @Test(
        "R13: A report that cannot be published is rejected and counts as bad output",
        arguments: [
            TaskResult(artifacts: [.file("../escape")], wallMilliseconds: 1),
            TaskResult(artifacts: [.file("a"), .file("a")], wallMilliseconds: 1),
            TaskResult(artifacts: [.file("a", bytes: -1)], wallMilliseconds: 1),
            TaskResult(artifacts: (0...Limits.artifacts).map { .file("f\($0)") }, wallMilliseconds: 1),
        ])
    func rejected(result: TaskResult) {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, result), from: 0)
        farm.expectSent(.resultOK(attempt, .rejected), to: 0)
        #expect(farm.store.task(attempt.task)?.failures == [.badOutput: 1])
        #expect(farm.published.isEmpty)
    }

    @Test("A failure is recorded once and the repetition is a duplicate")
    func failureTwice() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.failed(attempt, .nan), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.say(.failed(attempt, .nan), from: 0)
        farm.expectSent(.resultOK(attempt, .duplicate), to: 0)
        farm.expectNothingElseSent()
        #expect(farm.store.task(attempt.task)?.failures == [.task: 1])
    }

    @Test("A failure of an attempt that was replaced harms nothing")
    func staleFailure() {
        var farm = TestFarm(workers: 2)
        let first = farm.runOneTask(on: 0)
        farm.advance(beats: 15, pinging: [1])
        let second = farm.takeOffer(1)
        farm.join(0, outbox: [first])
        farm.say(.failed(first, .nan), from: 0)
        farm.expectSent(.resultOK(first, .superseded), to: 0)
        farm.expectNothingElseSent()
        farm.say(.succeeded(second, .fixture()), from: 1)
        farm.expectSent(.resultOK(second, .recorded), to: 1)
        farm.say(.failed(first, .nan), from: 0)
        farm.expectSent(.resultOK(first, .superseded), to: 0)
    }

    @Test(
        "Each class of failure has its own budget",
        arguments: [
            (Failure.Class.infrastructure, 6), (.task, 4), (.badOutput, 2), (.configuration, 1),
        ])
    func budgets(failureClass: Failure.Class, attempts: Int) {
        var configuration = Coordinator.Configuration()
        configuration.maximumRestMilliseconds = 0
        var farm = TestFarm(workers: 1, configuration: configuration)
        farm.submit(.tasks(1))
        for number in 1...attempts {
            #expect(farm.status()?.failed == 0)
            let attempt = farm.takeOffer(0)
            #expect(attempt.attempt == UInt32(number))
            farm.say(.failed(attempt, Failure(failureClass, "as tested")), from: 0)
            farm.expectSent(.resultOK(attempt, .recorded), to: 0)
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.failed == 1)
        #expect(farm.endedJobs == [JobID(1)])
        farm.expectNothingElseSent()
        guard case .attemptFailed(_, _, false)? = farm.notices.dropLast().last else {
            Issue.record("the watcher was told \(farm.notices.suffix(2))")
            return
        }
    }

    @Test("Classes do not share a budget, and being busy has none")
    func separateBudgets() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        let classes = Array(repeating: Failure.Class.busy, count: 20) + [.task, .infrastructure, .badOutput, .task]
        for failureClass in classes {
            farm.say(.failed(farm.takeOffer(0), Failure(failureClass, "as tested")), from: 0)
            farm.advance(by: configuredBusyDelay)
            farm.drop { if case .resultOK = $0 { true } else { false } }
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.failed == 0)
        farm.takeOffer(0)
    }

    @Test("R3: A result of a task that failed for good is not wanted")
    func successAfterFailure() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.failed(attempt, Failure(.configuration, "no such model")), from: 0)
        farm.say(.failed(attempt, Failure(.configuration, "no such model")), from: 0)
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.expectSent(.resultOK(attempt, .duplicate), to: 0)
        farm.expectSent(.resultOK(attempt, .notWanted), to: 0)
        #expect(farm.published.isEmpty)
    }

    private let configuredBusyDelay = Coordinator.Configuration().busyDelayMilliseconds
}

extension Artifact {
    fileprivate static func file(_ name: String, bytes: Int64 = 1) -> Artifact {
        Artifact(name: name, kind: .file, byteCount: bytes, digest: .number(1))
    }
}
