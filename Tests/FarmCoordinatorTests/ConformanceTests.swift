import FarmCoordinator
import FarmModel
import Testing

/// Situations of the conformance suite that no other test is about; the ids are those of the suite.
@Suite("Conformance")
struct ConformanceTests {
    private func adopted(_ attempts: [TaskAttempt]) -> [Reconciliation] {
        attempts.map { Reconciliation(attempt: $0, verdict: .adopt) }
    }

    @Test("S9: A worker that comes back between two pages of its inventory begins it again")
    func reconnectWithinInventory() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(2))
        let attempts = [farm.takeOffer(0), farm.takeOffer(0)]
        farm.hello(0, slots: 2)
        farm.say(.inventory(held: [attempts[0]], outbox: [], more: true), from: 0)
        // The page that was heard counts for nothing.
        #expect(farm.join(0, slots: 2, held: attempts) == adopted(attempts))
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 2)
    }

    @Test("S10: An inventory of 1,088 attempts is judged, a longer one ends the session and is not kept")
    func longInventory() {
        var farm = TestFarm()
        let listed = (0..<1_089).map { TaskAttempt(task: TaskID(job: JobID(9), index: $0), attempt: 1) }
        farm.hello(0)
        farm.say(.inventory(held: [], outbox: Array(listed[..<1_024]), more: true), from: 0)
        farm.say(.inventory(held: [], outbox: Array(listed[1_024..<1_088]), more: false), from: 0)
        var judged: [TaskAttempt] = []
        while case .reconcile(let verdicts)? = farm.take(from: 0) {
            // What one frame may hold.
            #expect(verdicts.count <= 1_088)
            #expect(verdicts.allSatisfy { $0.verdict == .abandon })
            judged += verdicts.map(\.attempt)
        }
        #expect(judged == Array(listed[..<1_088]))

        farm.hello(0)
        farm.say(.inventory(held: [], outbox: Array(listed[..<1_024]), more: true), from: 0)
        farm.say(.inventory(held: [], outbox: Array(listed[1_024...]), more: true), from: 0)
        farm.expectSent(.bye(reason: "the inventory is too long"), to: 0)
        farm.say(.ready(free: 1), from: 0)
        farm.expectSent(.bye(reason: "unknown session"), to: 0)
        farm.expectNothingElseSent()
    }

    @Test("S12: A thousand workers that come back at once are all active, and get their work")
    func herd() {
        var store = MemoryStore()
        let now = Instant(milliseconds: 1_000)
        var coordinator = Coordinator(configuration: .init(), recovering: store.start(), at: now)
        func handle(_ event: Coordinator.Event) -> [Coordinator.Effect] {
            coordinator.handle(event, at: now, wall: WallTime(milliseconds: 0))
        }
        _ = handle(.clientSaid(.submit(.tasks(1_000), key: .number(1)), route: Route([0xC1])))
        let routes = (0..<1_000).map { Route([UInt8($0 / 256), UInt8($0 % 256), 0]) }
        var sessions: [SessionID] = []
        for (number, route) in routes.enumerated() {
            let hello = Hello(
                worker: .number(number), instance: WorkerInstance(high: 1, low: UInt64(number)), host: "h", slots: 1,
                backend: "test", engine: "1")
            let event = Coordinator.Event.workerSaid(.hello(hello), session: .none, route: route, missingBlobs: [])
            for case .send(.welcome(let welcome), _, _) in handle(event) { sessions.append(welcome.session) }
        }
        #expect(Set(sessions).count == 1_000)
        for (route, session) in zip(routes, sessions) {
            for message in [WorkerMessage.inventory(held: [], outbox: [], more: false), .ready(free: 1)] {
                _ = handle(.workerSaid(message, session: session, route: route, missingBlobs: []))
            }
        }
        coordinator.checkInvariants()
        #expect(coordinator.status(of: nil).first?.running == 1_000)
    }

    @Test("L3: ACCEPT twice is one attempt")
    func doubledAccept() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        let records = farm.store.records.count
        farm.say(.accept(attempt), from: 0)
        farm.expectNothingElseSent()
        #expect(farm.store.records.count == records)
        #expect(farm.status()?.running == 1)
    }

    @Test("L7: A cancellation that comes after the result leaves the result alone")
    func cancelAfterResult() {
        var farm = TestFarm(workers: 1)
        let attempt = farm.runOneTask()
        farm.say(.succeeded(attempt, .fixture()), from: 0)
        farm.expectSent(.resultOK(attempt, .recorded), to: 0)
        farm.command(.cancel)
        farm.expectNothingElseSent()
        #expect(farm.status()?.succeeded == 1 && farm.status()?.cancelled == 0)
        #expect(farm.published == [attempt])
    }

    @Test("L9: A worker that declares no free slot keeps the offers that are under way to it")
    func noSlotWithOffersUnderWay() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(3))
        farm.say(.ready(free: 0), from: 0)
        #expect(farm.takeOffer(0).attempt == 1)
        #expect(farm.takeOffer(0).attempt == 1)
        farm.expectNothingElseSent()
        #expect(farm.status()?.running == 2 && farm.status()?.waiting == 1)
    }
}
