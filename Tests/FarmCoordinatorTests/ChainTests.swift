import FarmCoordinator
import FarmModel
import Testing

@Suite("Chains and second attempts")
struct ChainTests {
    @Test("Each task of a chain waits for the one before, is kept for its worker, and gets its files")
    func chain() {
        var farm = TestFarm(workers: 2)
        farm.submit(.tasks(3) { $0.isChain = true })
        let first = farm.takeOffer(0)
        farm.expectNothingElseSent()
        #expect(farm.explain(1) == .predecessorUnfinished(task: 0, state: .running))
        farm.say(.succeeded(first, .fixture(8)), from: 0)
        farm.expectSent(.resultOK(first, .recorded), to: 0)
        // The other worker is idle, but the first one has the models and the frame.
        farm.expectNothingElseSent()
        #expect(farm.explain(1) == .keptForWorker(.number(0), rest: 10_000))
        farm.say(.ready(free: 1), from: 0)
        guard case .offer(let second, let spec, _, _)? = farm.take(from: 0) else { return #expect(Bool(false)) }
        #expect(second.task.index == 1)
        #expect(spec.inputs == TaskResult.fixture(8).artifacts)
    }

    @Test("A chain waits for its worker only so long, and not at all once that one is gone")
    func patience() {
        for isGone in [false, true] {
            var farm = TestFarm(workers: 2)
            farm.submit(.tasks(3) { $0.isChain = true })
            let first = farm.takeOffer(0)
            farm.say(.succeeded(first, .fixture()), from: 0)
            farm.expectSent(.resultOK(first, .recorded), to: 0)
            if isGone { farm.handle(.unreachable(TestFarm.route(0))) } else { farm.advance(by: 10_000) }
            #expect(farm.takeOffer(1).task.index == 1)
        }
    }

    @Test("Whoever has much less goes before a chain, which is kept on meanwhile")
    func givesWay() {
        var farm = TestFarm(workers: 3)
        farm.submit(.tasks(3, named: "chain", of: "ana") { $0.isChain = true })
        farm.submit(.tasks(2, named: "more", of: "ana"))
        let first = farm.takeOffer(0)
        for worker in 1...2 { #expect(farm.takeOffer(worker).task.job == JobID(2)) }
        farm.submit(.tasks(1, named: "other", of: "ben"))
        farm.finish(first, on: 0)
        // Two slots are in use by ana, none by ben.
        let other = farm.takeOffer(0)
        #expect(other.task.job == JobID(3))
        #expect(farm.explain(1) == .keptForWorker(.number(0), rest: 10_000))
        farm.finish(other, on: 0)
        #expect(farm.takeOffer(0).task == TaskID(job: JobID(1), index: 1))
    }

    @Test("Chains on every worker hold the farm only as long as loaded models would")
    func share() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(100, named: "chain", of: "ana") { $0.isChain = true })
        var attempt = farm.takeOffer(0)
        farm.submit(.tasks(100, named: "other", of: "ben"))
        var frames = 0
        for _ in 0..<60 {
            farm.finish(attempt, on: 0)
            attempt = farm.takeOffer(0)
            if attempt.task.job == JobID(1) { frames += 1 }
        }
        #expect((30...47).contains(frames), "\(frames) of the next 60 tasks were of the chain")
    }

    @Test("A chain goes on after a restart, with the files of its last task")
    func restart() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(3) { $0.isChain = true })
        farm.finish(farm.takeOffer(0), on: 0)
        farm.takeOffer(0)
        farm.restart()
        farm.add(0)
        #expect(farm.takeOffer(0) == TaskID(job: JobID(1), index: 1).first.number(2))
    }

    @Test("L16: A broken chain ends; retried, it goes on where it broke")
    func broken() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(4) { $0.isChain = true })
        farm.finish(farm.takeOffer(0), on: 0)
        farm.fail(farm.takeOffer(0), Failure(.configuration, "no"), on: 0)
        #expect(farm.endedJobs == [JobID(1)])
        #expect(farm.status()?.failed == 3)
        #expect(farm.explain(3) == .predecessorFailed(task: 1))
        farm.command(.retryFailed)
        for index in 1...3 as ClosedRange<UInt32> {
            let attempt = farm.takeOffer(0)
            #expect(attempt.task.index == index)
            farm.finish(attempt, on: 0)
        }
        #expect(farm.status()?.succeeded == 4)
    }

    /// A farm of two where the last task of a step takes long and worker 1 is idle.
    private func straggling() -> (TestFarm, TaskAttempt) {
        var farm = TestFarm(workers: 2)
        farm.submit(.tasks(3))
        let slow = farm.takeOffer(0)
        for _ in 0..<2 { farm.finish(farm.takeOffer(1), on: 1, milliseconds: 20_000) }
        for _ in 0..<9 {
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(slow)]), from: 0)
            farm.say(.ping([]), from: 1)
            farm.drop { if case .pong = $0 { true } else { false } }
        }
        return (farm, slow)
    }

    @Test("At the end of a step an idle worker is given a second attempt of what takes long")
    func backup() {
        for isOldFirst in [false, true] {
            var (farm, slow) = straggling()
            let backup = farm.takeOffer(1)
            #expect(backup == slow.number(2))
            #expect(farm.explain(0) == .runningTwice(.number(1), former: .number(0)))
            // The old attempt is answered as if it had its lease.
            farm.say(.ping([HeldAttempt(slow)]), from: 0)
            farm.expectSent(.pong(renewed: [slow], ended: []), to: 0)
            let (winner, loser) = isOldFirst ? (0, 1) : (1, 0)
            farm.say(.succeeded(isOldFirst ? slow : backup, .fixture()), from: winner)
            farm.expectSent(.resultOK(isOldFirst ? slow : backup, .recorded), to: winner)
            farm.expectSent(.revoke(isOldFirst ? backup : slow, reason: .superseded), to: loser)
            #expect(farm.status()?.succeeded == 3)
            #expect(farm.store.task(slow.task)?.failures == [:])
        }
    }

    @Test("A first attempt that went away with its worker is none: there may be another second one")
    func backupAfterLoss() {
        var (farm, slow) = straggling()
        let backup = farm.takeOffer(1)
        #expect(farm.explain(0) == .runningTwice(.number(1), former: .number(0)))
        // Worker 0 is never heard of again; worker 1 goes on, as slowly.
        farm.advance(beats: 20, pinging: [1], holding: [backup])
        guard case .running(.number(1), _, _, _)? = farm.explain(0) else { return #expect(Bool(false)) }
        farm.add(2)
        farm.advance(beats: 2, pinging: [1, 2])
        farm.drop { if case .reconcile = $0 { true } else { false } }
        #expect(farm.takeOffer(2) == slow.number(3))
    }

    @Test("A worker that leaves to others what it failed is given a second attempt as soon as they have begun it")
    func backupAfterFailure() {
        var farm = TestFarm(workers: 3)
        farm.submit(.tasks(3))
        let slow = farm.takeOffer(0)
        farm.finish(farm.takeOffer(1), on: 1, milliseconds: 20_000)
        let failing = farm.takeOffer(2)
        farm.submit(.tasks(1, named: "other"))
        let other = farm.takeOffer(1)
        for _ in 0..<9 {
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(slow)]), from: 0)
            farm.say(.ping([HeldAttempt(other)]), from: 1)
            farm.say(.ping([HeldAttempt(failing)]), from: 2)
            farm.drop { if case .pong = $0 { true } else { false } }
        }
        farm.fail(failing, on: 2)
        farm.expectNothingElseSent()
        // The last ready task goes to another: only now is the slow one worth a second attempt, in the same event.
        farm.finish(other, on: 1)
        #expect(farm.takeOffer(1) == failing.number(2))
        #expect(farm.takeOffer(2) == slow.number(2))
    }

    @Test("A late result that leaves a step only what takes long gives an idle worker a second attempt of that")
    func backupAfterLateResult() {
        var farm = TestFarm(workers: 3)
        farm.submit(.tasks(3))
        let slow = farm.takeOffer(0)
        farm.finish(farm.takeOffer(1), on: 1, milliseconds: 20_000)
        let late = farm.takeOffer(2)
        farm.submit(.tasks(1, named: "other"))
        let other = farm.takeOffer(1)
        // Worker 2 is silent until its lease has lapsed.
        for _ in 0..<20 {
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(slow)]), from: 0)
            farm.say(.ping([HeldAttempt(other)]), from: 1)
            farm.drop { if case .pong = $0 { true } else { false } }
        }
        farm.finish(other, on: 1)
        let again = farm.takeOffer(1)
        #expect(again == late.number(2))
        farm.fail(again, on: 1)
        farm.expectNothingElseSent()
        farm.join(2, outbox: [late])
        farm.say(.succeeded(late, .fixture()), from: 2)
        farm.expectSent(.resultOK(late, .recorded), to: 2)
        #expect(farm.takeOffer(1) == slow.number(2))
    }

    @Test("There is one second attempt, and none where they are not wanted")
    func oneBackup() {
        var (farm, slow) = straggling()
        farm.takeOffer(1)
        farm.join(2)
        farm.say(.ready(free: 1), from: 2)
        for _ in 0..<20 {
            farm.advance(by: 5_000)
            farm.say(.ping([HeldAttempt(slow)]), from: 0)
            farm.say(.ping([HeldAttempt(slow.number(2))]), from: 1)
            farm.say(.ping([]), from: 2)
            farm.drop { if case .pong = $0 { true } else { false } }
        }
        farm.expectNothingElseSent()
    }

    @Test("A cancelled or paused job stops both attempts", arguments: [JobCommand.cancel, .pause])
    func stopBoth(command: JobCommand) {
        var (farm, slow) = straggling()
        let backup = farm.takeOffer(1)
        farm.command(command)
        guard case .revoke(slow, _)? = farm.take(from: 0), case .revoke(backup, _)? = farm.take(from: 1) else {
            return #expect(Bool(false))
        }
    }
}
