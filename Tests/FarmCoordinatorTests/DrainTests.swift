import FarmCoordinator
import FarmModel
import Testing

@Suite("Drains")
struct DrainTests {
    @Test("A drained worker is told, gets nothing more, and works again when resumed", arguments: DrainMode.allCases)
    func operatorDrain(mode: DrainMode) {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(4))
        let first = farm.takeOffer(0)
        farm.takeOffer(0)
        farm.command(.drain(mode), 0)
        farm.expectSent(.drain(mode), to: 0)
        farm.say(.returned(first, reason: "drained"), from: 0)
        farm.expectSent(.resultOK(first, .recorded), to: 0)
        farm.say(.ready(free: 2), from: 0)
        farm.expectNothingElseSent()
        #expect(farm.explain(0) == .workersDraining(count: 1))
        farm.command(.resume, 0)
        #expect(farm.takeOffer(0) == first.number(2))
        #expect(farm.store.task(first.task)?.failures == [:])
    }

    @Test("A drain outlives the coordinator and the worker, whose next process is not sent away")
    func durable() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(2))
        farm.command(.drain(.eventual), 0)
        farm.restart()
        farm.join(0, instance: 1)
        farm.expectSent(.drain(.eventual), to: 0)
        // The same process again: the word may have been lost.
        farm.join(0, instance: 1)
        farm.expectSent(.drain(.eventual), to: 0)
        farm.advance(by: 30_000)
        farm.join(0, instance: 2)
        farm.say(.ready(free: 1), from: 0)
        farm.expectNothingElseSent()
        farm.command(.resume, 0)
        farm.takeOffer(0)
    }

    @Test("A worker that leaves by itself gets nothing more, and what it loses is nobody's fault")
    func ownDrain() {
        for isKilled in [false, true] {
            var farm = TestFarm(workers: 2)
            farm.submit(.tasks(3))
            let attempt = farm.takeOffer(0)
            farm.takeOffer(1)
            farm.say(.drain(.expedited), from: 0)
            farm.say(.ready(free: 1), from: 0)
            farm.expectNothingElseSent()
            if isKilled {
                farm.advance(beats: 20, pinging: [1], holding: [TaskID(job: JobID(1), index: 1).first])
            } else {
                farm.say(.bye(reason: "the node is taken away"), from: 0)
            }
            #expect(farm.store.task(attempt.task)?.leasedTo == nil)
            #expect(farm.store.task(attempt.task)?.failures == [:])
        }
    }

    @Test("A worker can be drained before it is there")
    func absent() {
        var farm = TestFarm()
        farm.submit(.tasks(1))
        farm.command(.drain(.immediate), 0)
        farm.add(0)
        farm.expectSent(.drain(.immediate), to: 0)
        farm.expectNothingElseSent()
    }
}
