import FarmCoordinator
import FarmModel
import OrderedCollections
import Testing

/// Every reason has a farm in which a task is where it is for that reason, and a sentence.
@Suite("Explanations")
struct ExplanationTests {
    /// A farm and a task of job 1 in it that is to be explained.
    private static func situation(_ reason: Explanation.Reason) -> (farm: TestFarm, task: UInt32) {
        var farm = TestFarm()
        switch reason {
        case .stepUnfinished:
            farm.submit(.chain([2, 1]))
            return (farm, 2)
        case .predecessorUnfinished:
            farm.submit(.tasks(3) { $0.isChain = true })
            return (farm, 2)
        case .jobPaused:
            farm.submit(.tasks(1))
            farm.command(.pause)
        case .noWorker: farm.submit(.tasks(1))
        case .workersJoining:
            farm.submit(.tasks(1))
            farm.hello(0)
        case .noCapableWorker:
            farm.submit(.tasks(1) { $0.requirements.tags = ["attic"] })
            farm.add(0)
        case .workersDraining:
            farm.submit(.tasks(1))
            farm.command(.drain(.eventual), 0)
            farm.add(0)
        case .workersBlocked:
            farm.join(1)
            farm.add(0)
            farm.submit(.tasks(9))
            for _ in 0..<3 { farm.fail(farm.takeOffer(0), on: 0) }
            farm.handle(.unreachable(TestFarm.route(1)))
            return (farm, 8)
        case .nodesShortLived:
            farm.submit(.tasks(1) { $0.requirements.expectedMilliseconds = 5_000 })
            farm.add(0, lifetime: 4_999)
        case .workersResting:
            farm.add(0)
            farm.submit(.tasks(3))
            for _ in 0..<2 { farm.fail(farm.takeOffer(0), .noDisk, on: 0) }
            return (farm, 2)
        case .anotherWorkerWanted:
            farm.join(1)
            farm.add(0)
            farm.submit(.tasks(1))
            farm.fail(farm.takeOffer(0), on: 0)
        case .keptForWorker:
            farm.add(0)
            farm.submit(.tasks(2) { $0.isChain = true })
            let attempt = farm.takeOffer(0)
            farm.say(.succeeded(attempt, .fixture()), from: 0)
            return (farm, 1)
        case .slotsTaken:
            farm.add(0)
            farm.submit(.tasks(2))
            return (farm, 1)
        case .restsAfterFailure:
            farm.add(0)
            farm.submit(.tasks(1))
            for _ in 0..<2 {
                farm.say(.revoked(farm.takeOffer(0)), from: 0)
                farm.say(.ready(free: 1), from: 0)
            }
        case .restsAfterDecline:
            farm.add(0)
            farm.submit(.tasks(1))
            farm.say(.decline(TaskID(job: JobID(1), index: 0).first, reason: "no model"), from: 0)
        case .offered:
            farm.add(0)
            farm.submit(.tasks(1))
        case .running:
            farm.add(0)
            farm.submit(.tasks(1))
            let attempt = farm.takeOffer(0)
            farm.advance(by: 3_000)
            farm.say(.ping([HeldAttempt(attempt, iteration: 12)]), from: 0)
        case .runningTwice:
            farm.add(0)
            farm.submit(.tasks(2))
            let slow = farm.takeOffer(0)
            farm.add(1)
            farm.finish(farm.takeOffer(1), on: 1, milliseconds: 10_000)
            for _ in 0..<7 {
                farm.advance(by: 5_000)
                farm.say(.ping([HeldAttempt(slow)]), from: 0)
                farm.say(.ping([]), from: 1)
                farm.drop { if case .pong = $0 { true } else { false } }
            }
            farm.takeOffer(1)
        case .workerAway:
            farm.add(0)
            _ = farm.runOneTask()
            farm.handle(.unreachable(TestFarm.route(0)))
        case .comingBack:
            farm.add(0)
            _ = farm.runOneTask()
            farm.command(.pause)
        case .succeeded:
            farm.add(0)
            farm.finish(farm.runOneTask(), on: 0)
        case .failed:
            farm.add(0)
            farm.fail(farm.runOneTask(), Failure(.configuration, "no such model"), on: 0)
        case .stepFailed:
            farm.add(0)
            farm.submit(.chain([1, 1]))
            farm.fail(farm.takeOffer(0), Failure(.configuration, "no such model"), on: 0)
            return (farm, 1)
        case .predecessorFailed:
            farm.add(0)
            farm.submit(.tasks(2) { $0.isChain = true })
            farm.fail(farm.takeOffer(0), Failure(.configuration, "no such model"), on: 0)
            return (farm, 1)
        case .cancelled:
            farm.submit(.tasks(1))
            farm.command(.cancel)
        case .jobFailed:
            farm.add(0)
            var spec = JobSpec.tasks(3)
            spec.failureLimit = 1
            farm.submit(spec)
            farm.fail(farm.takeOffer(0), Failure(.configuration, "no such model"), on: 0)
            return (farm, 1)
        case .aboutToBeOffered:
            // Between two events nothing that fits an idle worker waits, so this is told by hand below.
            break
        }
        return (farm, 0)
    }

    @Test(
        "Every reason has a situation, one sentence, and the state that a listing shows",
        arguments: Explanation.Reason.allCases)
    func everyReason(reason: Explanation.Reason) throws {
        guard reason != .aboutToBeOffered else {
            return ExplanationTests.check(Explanation.aboutToBeOffered.sentence)
        }
        var (farm, task) = ExplanationTests.situation(reason)
        let explanation = try #require(farm.explain(task))
        #expect(explanation.reason == reason, "\(explanation)")
        ExplanationTests.check(explanation.sentence)
        farm.ask(.query(.explain(TaskID(job: JobID(1), index: task))))
        guard case .explanation(let told)? = farm.takeReply() else { return #expect(Bool(false)) }
        #expect(told.reason == reason.rawValue)
        #expect(told.sentence == explanation.sentence)
        #expect(ExplanationTests.states(of: reason).contains(told.state), "\(told.state) for \(reason)")
        for (name, value) in told.facts { #expect(!name.isEmpty && !value.isEmpty) }
    }

    /// One sentence, as people write it.
    private static func check(_ sentence: String) {
        #expect(sentence.hasSuffix(".") && !sentence.hasSuffix(".."), "\(sentence)")
        #expect(sentence.first?.isUppercase == true, "\(sentence)")
        #expect(!sentence.dropLast().contains(". "), "\(sentence)")
    }

    private static func states(of reason: Explanation.Reason) -> [TaskStatus.State] {
        switch reason {
        case .stepUnfinished, .predecessorUnfinished: [.blocked]
        case .jobPaused: [.ready, .resting, .blocked]
        case .noWorker, .workersJoining, .noCapableWorker, .workersDraining, .workersBlocked, .nodesShortLived,
            .workersResting, .anotherWorkerWanted, .keptForWorker, .slotsTaken, .aboutToBeOffered:
            [.ready]
        case .restsAfterFailure, .restsAfterDecline: [.resting]
        case .offered: [.offered]
        case .running, .runningTwice, .workerAway, .comingBack: [.running]
        case .succeeded: [.succeeded]
        case .failed, .stepFailed, .predecessorFailed: [.failed]
        case .cancelled, .jobFailed: [.cancelled]
        }
    }

    @Test("A task that does not exist is not explained")
    func unknown() {
        var farm = TestFarm()
        farm.submit(.tasks(1))
        #expect(farm.explain(1) == nil)
        farm.ask(.query(.explain(TaskID(job: JobID(9), index: 0))))
        farm.expectReply(.refused("there is no task 9/0"))
    }
}
