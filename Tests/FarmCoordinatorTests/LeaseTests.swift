import FarmCoordinator
import FarmModel
import Testing

@Suite("Offers and leases")
struct LeaseTests {
    @Test("The attempt number is committed before the offer leaves")
    func persistFirst() {
        let farm = TestFarm(workers: 1)
        let effects = farm.coordinatorEffects(
            of: .clientSaid(.submit(.tasks(1), key: .number(1)), route: Route([1])))
        guard case .persist(let records) = effects.first else {
            Issue.record("the first effect is \(String(describing: effects.first))")
            return
        }
        let started = records.contains { if case .attemptStarted = $0 { true } else { false } }
        #expect(started)
        #expect(effects.count { if case .persist = $0 { true } else { false } } == 1)
        #expect(effects.contains { if case .send(.offer, _, _) = $0 { true } else { false } })
    }

    @Test("L1, L2: An offer without an answer for ten seconds is void, and a late ACCEPT is revoked")
    func unansweredOffer() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.advance(by: 9_999)
        #expect(farm.status()?.running == 1)
        farm.advance(by: 1)
        #expect(farm.status()?.waiting == 1)
        farm.say(.accept(attempt), from: 0)
        farm.expectSent(.revoke(attempt, reason: .superseded), to: 0)
        farm.expectNothingElseSent()
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == attempt.number(2))
    }

    @Test("A declined task rests, nobody is blamed, and the worker gets nothing until it is ready again")
    func decline() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(2))
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.say(.decline(attempt, reason: "no model"), from: 0)
        farm.expectNothingElseSent()
        farm.say(.ready(free: 1), from: 0)
        let other = farm.takeOffer(0)
        #expect(other.task.index == 1)
        farm.say(.succeeded(other, .fixture()), from: 0)
        farm.expectSent(.resultOK(other, .recorded), to: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
        farm.advance(by: 5_000)
        #expect(farm.takeOffer(0) == attempt.number(2))
        #expect(farm.status()?.failed == 0)
    }

    @Test("L11: A task may be declined any number of times")
    func declinedForever() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        for round in 1...50 {
            guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
                Issue.record("no offer in round \(round)")
                return
            }
            #expect(attempt.attempt == UInt32(round))
            farm.say(.decline(attempt, reason: "busy"), from: 0)
            farm.advance(by: 5_000)
            farm.say(.ready(free: 1), from: 0)
        }
        #expect(farm.status()?.failed == 0)
    }

    @Test("Pings keep a lease for as long as they come")
    func renewal() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.advance(beats: 100, pinging: [0], holding: [attempt])
        #expect(farm.status()?.running == 1)
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
    }

    @Test("L4: A lease lapses after its length and the margin, and the task is given out under the next number")
    func lapse() {
        var farm = TestFarm(workers: 2)
        let attempt = farm.runOneTask(on: 0)
        farm.advance(beats: 14, pinging: [1])
        #expect(farm.status()?.running == 1)
        farm.advance(beats: 1, pinging: [1])
        #expect(farm.takeOffer(1) == attempt.number(2))
        #expect(
            farm.notices.contains {
                if case .attemptFailed(let lease, _, true) = $0 { lease.attempt == attempt } else { false }
            })
        farm.join(0, held: [attempt])
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.pong(renewed: [], ended: [attempt]), to: 0)
    }

    @Test("A ping that lists an offer is as good as its ACCEPT")
    func lostAccept() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(1))
        guard case .offer(let attempt, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.say(.ping([HeldAttempt(attempt)]), from: 0)
        farm.expectSent(.pong(renewed: [attempt], ended: []), to: 0)
        farm.advance(by: 11_000)
        #expect(farm.status()?.running == 1)
        farm.say(.accept(attempt), from: 0)
        farm.expectNothingElseSent()
    }

    @Test("L5: A ping that omits a running attempt ends its lease, one that omits an offer does not")
    func omission() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(2))
        let running = farm.takeOffer(0)
        farm.say(.ping([]), from: 0)
        #expect(farm.status()?.running == 1)
        #expect(farm.store.task(running.task)?.failures == [.infrastructure: 1])
        farm.drop { if case .pong = $0 { true } else { false } }
        guard case .offer(let second, _, _, _)? = farm.take(from: 0) else {
            Issue.record("no offer")
            return
        }
        farm.say(.accept(second), from: 0)
        #expect(farm.status()?.running == 1)
    }

    @Test("A worker that stopped an attempt by itself gives it back")
    func stoppedByItself() {
        var farm = TestFarm(workers: 2)
        let attempt = farm.runOneTask(on: 0)
        farm.say(.revoked(attempt), from: 0)
        #expect(farm.takeOffer(1) == attempt.number(2))
        farm.say(.revoked(attempt), from: 0)
        farm.expectNothingElseSent()
    }

    @Test("Progress is told to whoever watches, but only of the current attempt")
    func progress() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        let progress = Progress(iteration: 3, iterations: 10, loss: 0.5, rate: 2)
        farm.say(.progress(attempt, progress), from: 0)
        #expect(farm.notices.last == .progress(Lease(attempt: attempt, worker: .number(0)), progress))
        let count = farm.notices.count
        farm.say(.progress(attempt.number(2), progress), from: 0)
        #expect(farm.notices.count == count)
    }

    @Test("Short leases work as well as long ones: an accepted offer may lapse before its answer was due")
    func shortLease() {
        var farm = TestFarm(
            workers: 1,
            configuration: .init(
                heartbeatMilliseconds: 500, minimumLostMilliseconds: 1_000, leaseMilliseconds: 2_000,
                marginMilliseconds: 500))
        let attempt = farm.runOneTask()
        farm.advance(by: 2_499)
        #expect(farm.status()?.running == 1)
        farm.advance(by: 1)
        #expect(farm.status()?.waiting == 1)
        #expect(farm.store.task(attempt.task)?.failures == [.infrastructure: 1])
    }
}

extension TestFarm {
    /// What one event leads to, without executing it.
    fileprivate func coordinatorEffects(of event: Coordinator.Event) -> [Coordinator.Effect] {
        var copy = coordinator
        return copy.handle(event, at: now, wall: WallTime(milliseconds: 0))
    }
}
