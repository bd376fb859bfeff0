import FarmCoordinator
import FarmModel
import OrderedCollections
import Testing

@Suite("Scheduling")
struct SchedulingTests {
    @Test("Larger priority first, then the older job, then the lower index")
    func order() {
        var farm = TestFarm()
        farm.submit(.tasks(2, named: "old"))
        farm.submit(.tasks(2, named: "new"))
        farm.submit(.tasks(2, named: "urgent", priority: 5))
        farm.join(0, slots: 6)
        farm.say(.ready(free: 6), from: 0)
        let order = (0..<6).map { _ in farm.takeOffer(0).task.description }
        #expect(order == ["3/0", "3/1", "1/0", "1/1", "2/0", "2/1"])
    }

    @Test("A task that is ready again comes before later ones of its job")
    func readyAgain() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(5))
        let first = farm.takeOffer(0)
        farm.takeOffer(0)
        farm.say(.failed(first, .nan), from: 0)
        farm.expectSent(.resultOK(first, .recorded), to: 0)
        farm.say(.ready(free: 1), from: 0)
        #expect(farm.takeOffer(0) == first.number(2))
    }

    @Test("Workers take turns")
    func roundRobin() {
        var farm = TestFarm(workers: 3, slots: 2)
        farm.submit(.tasks(6))
        for worker in 0..<3 {
            #expect(farm.takeOffer(worker).task.index == UInt32(worker))
            #expect(farm.takeOffer(worker).task.index == UInt32(worker + 3))
        }
        farm.expectNothingElseSent()
    }

    @Test("L8, L9: No worker is sent more offers than it has free slots, whatever crosses on the way")
    func credit() {
        var farm = TestFarm(workers: 1, slots: 2)
        farm.submit(.tasks(10))
        // Two offers are out. READY was sent before they came and says two again.
        farm.say(.ready(free: 2), from: 0)
        farm.say(.ready(free: 2), from: 0)
        farm.takeOffer(0)
        farm.takeOffer(0)
        farm.expectNothingElseSent()
        farm.say(.ready(free: 0), from: 0)
        farm.expectNothingElseSent()
        farm.say(.ready(free: 1), from: 0)
        farm.takeOffer(0)
        farm.expectNothingElseSent()
    }

    @Test("A worker cannot declare more free slots than it has")
    func tooManySlots() {
        var farm = TestFarm(workers: 1, slots: 1)
        farm.submit(.tasks(10))
        farm.say(.ready(free: 1_000), from: 0)
        farm.takeOffer(0)
        farm.expectNothingElseSent()
    }

    @Test("A job of a million tasks is cheap to accept and to hold")
    func millionTasks() {
        var farm = TestFarm(workers: 1)
        let axis = ParameterSpace.Axis(name: "x", values: (0..<1_000).map { ["x": .integer($0)] })
        let other = ParameterSpace.Axis(name: "y", values: (0..<1_000).map { ["y": .integer($0)] })
        let step = StepSpec(name: "all", action: .noop, space: ParameterSpace(axes: [axis, other]))
        let clock = ContinuousClock()
        let took = clock.measure {
            farm.submit(JobSpec(name: "huge", steps: [step]))
            for _ in 0..<200 {
                farm.say(.succeeded(farm.takeOffer(0), .fixture()), from: 0)
                farm.drop { if case .resultOK = $0 { true } else { false } }
                farm.say(.ready(free: 1), from: 0)
            }
            farm.ask(.command(.cancel, JobID(1)))
        }
        #expect(farm.status()?.succeeded == 200)
        #expect(farm.status()?.cancelled == 999_800)
        // Work for each of the million tasks would take far longer than this, on any machine, in a debug build.
        #expect(took < .seconds(10))
    }
}
