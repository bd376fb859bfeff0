import FarmCoordinator
import FarmModel
import Testing

@Suite("Restart of the coordinator")
struct RecoveryTests {
    @Test("Jobs, results and failures are as they were, and the epoch has risen")
    func sameState() {
        var farm = TestFarm(workers: 1, slots: 4)
        farm.submit(.chain([4, 2]))
        let attempts = (0..<4).map { _ in farm.takeOffer(0) }
        farm.say(.succeeded(attempts[0], .fixture()), from: 0)
        farm.say(.failed(attempts[1], Failure(.configuration, "no")), from: 0)
        farm.say(.failed(attempts[2], .nan), from: 0)
        let before = farm.status()
        farm.restart()
        #expect(farm.status() == before)
        farm.ask(.open)
        #expect(farm.takeReply() != .opened(Opened(epoch: 1, features: ["listings", "steering"])))
        farm.ask(.submit(.chain([4, 2]), key: .number(1)))
        farm.drop { _ in true }
        #expect(farm.coordinator.status(of: nil).count == 1)
    }

    @Test("A running attempt is adopted when its worker comes back in time")
    func adopted() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.restart()
        farm.advance(by: 70_000)
        #expect(farm.join(0, held: [attempt]).map(\.verdict) == [.adopt])
        farm.advance(beats: 12, pinging: [0], holding: [attempt])
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
    }

    @Test("Where no former worker can live, leases end at once and no budget pays for it, however often that happens")
    func formerWorkersEnded() {
        var farm = TestFarm(workers: 1)
        var attempt = farm.runOneTask()
        for _ in 0..<10 {
            farm.restart()
            farm.handle(.formerWorkersEnded)
            farm.join(1)
            farm.say(.ready(free: 1), from: 1)
            let next = farm.takeOffer(1)
            #expect(next == attempt.number(attempt.attempt + 1))
            attempt = next
        }
        farm.say(.succeeded(attempt, .fixture()), from: 1)
        #expect(farm.status()?.failed == 0)
    }

    @Test("Nothing that may still run is given to anybody else within one lease and margin")
    func grace() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.restart()
        farm.join(1)
        farm.say(.ready(free: 1), from: 1)
        farm.advance(beats: 14, pinging: [1])
        farm.expectNothingElseSent()
        farm.advance(beats: 1, pinging: [1])
        #expect(farm.takeOffer(1) == attempt.number(2))
    }

    @Test("An attempt its worker no longer has is given out at once")
    func restartedTogether() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.restart()
        farm.join(0, instance: 2)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("R6, R7: A result that was committed but not acknowledged is a duplicate after the restart")
    func committedButUnanswered() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.restart()
        #expect(farm.join(0, outbox: [attempt]).map(\.verdict) == [.abandon])
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .duplicate), to: 0)
        #expect(farm.published == [attempt])
    }

    @Test("S3: Messages of a session of the earlier start change nothing")
    func oldSession() {
        var farm = TestFarm(workers: 1)
        let session = farm.sessions[0] ?? .none
        let attempt = farm.runOneTask()
        farm.restart()
        farm.handle(
            .workerSaid(.ping([]), session: session, route: TestFarm.route(0), missingBlobs: []))
        farm.expectSent(.bye(reason: "unknown session"), to: 0)
        #expect(farm.status()?.running == 1)
        #expect(farm.join(0, held: [attempt]).map(\.verdict) == [.adopt])
        #expect((farm.sessions[0] ?? .none) > session)
    }

    @Test("Failures before the restart count after it")
    func budgetsSurvive() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        for number in 1...4 {
            let attempt = farm.takeOffer(0)
            #expect(attempt.attempt == UInt32(number))
            farm.say(.failed(attempt, .nan), from: 0)
            farm.restart()
            farm.join(0)
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.failed == 1)
    }

    @Test("A snapshot with gaps and repetitions is understood")
    func oddSnapshot() {
        let tasks: [Snapshot.StoredTask] = [
            .init(index: 3, attempt: 2, leasedTo: .number(1), outcome: .open),
            .init(index: 1, attempt: 1, leasedTo: nil, outcome: .succeeded(attempt: 1)),
            .init(index: 1, attempt: 1, leasedTo: nil, outcome: .open),
            .init(index: 0, attempt: 0, leasedTo: nil, outcome: .open),
            .init(index: 99, attempt: 1, leasedTo: nil, outcome: .open),
        ]
        let snapshot = Snapshot(
            epoch: 3,
            jobs: [.init(id: JobID(4), spec: .tasks(6), key: .number(1), isCancelled: false, tasks: tasks)])
        let coordinator = Coordinator(configuration: .init(), recovering: snapshot, at: Instant(milliseconds: 0))
        coordinator.checkInvariants()
        let status = coordinator.status(of: JobID(4)).first
        #expect(status?.succeeded == 1 && status?.running == 1 && status?.waiting == 4)
    }
}
