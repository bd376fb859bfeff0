import FarmCoordinator
import FarmModel
import Testing

@Suite("Optional parts, at the coordinator")
struct FeatureTests {
    private let checkpoint = Checkpoint(iteration: 10, digest: .number(10), byteCount: 10)

    private func welcome(_ dialect: Dialect) -> Welcome? {
        var farm = TestFarm()
        let hello = Hello(
            worker: .number(0), instance: WorkerInstance(high: 0, low: 0), host: "host", slots: 1, backend: "test",
            engine: "1", dialect: dialect)
        farm.handle(.workerSaid(.hello(hello), session: .none, route: TestFarm.route(0), missingBlobs: []))
        guard case .welcome(let welcome)? = farm.take(from: 0) else { return nil }
        return welcome
    }

    @Test("V5: WELCOME accepts of the offered words those that are known here")
    func accepted() {
        #expect(welcome(.silent)?.features == [])
        #expect(welcome(.ofWorkers)?.features == ["checkpoints", "returns"])
        #expect(welcome(Dialect(features: ["teleports", "returns"]))?.features == ["returns"])
        #expect(welcome(Dialect(features: ["teleports"]))?.features == [])
        #expect(welcome(Dialect(versions: 1...7))?.features == [])
    }

    @Test("V2: A worker without a common version is refused for good, and has no session")
    func noCommonVersion() {
        var farm = TestFarm()
        farm.hello(0, dialect: Dialect(versions: 2...3))
        farm.expectSent(.refuse(.version, retryAfterMilliseconds: 0), to: 0)
        farm.expectNothingElseSent()
        // It was no session that could be in the way of another.
        farm.hello(0, instance: 7)
        farm.join(0, instance: 7)
        farm.expectNothingElseSent()
    }

    @Test("V5: An offer says where to go on only to a worker that has checkpoints, or no words at all")
    func resume() {
        let dialects: [(Dialect, Bool)] = [
            (.ofWorkers, true), (Dialect(features: ["checkpoints"]), true), (.silent, true),
            (Dialect(features: ["returns"]), false), (Dialect(features: ["teleports"]), false),
        ]
        for (dialect, isTold) in dialects {
            var farm = TestFarm(workers: 1)
            farm.submit(
                JobSpec(
                    name: "one",
                    steps: [
                        StepSpec(name: "one", action: .noop, space: ParameterSpace(), checkpointMilliseconds: 5_000)
                    ]))
            let attempt = farm.takeOffer(0)
            farm.say(.checkpoint(attempt, checkpoint), from: 0)
            farm.expectSent(.checkpointOK(attempt, iteration: 10), to: 0)
            farm.say(.bye(reason: "test"), from: 0)
            farm.join(1, dialect: dialect)
            farm.advance(by: 60_000)
            farm.join(1, dialect: dialect)
            farm.say(.ready(free: 1), from: 1)
            guard case .offer(_, let spec, _, let resume)? = farm.take(from: 1) else {
                Issue.record("nothing was offered")
                continue
            }
            #expect(resume == (isTold ? checkpoint : nil), "\(dialect.features)")
            #expect(spec.checkpointMilliseconds == (isTold ? 5_000 : nil), "\(dialect.features)")
        }
    }

    @Test("V5: The mode of a drain is told only to a worker that can give back, or has no words at all")
    func drains() {
        let dialects: [(Dialect, DrainMode)] = [
            (.ofWorkers, .expedited), (.silent, .expedited), (Dialect(features: ["checkpoints"]), .eventual),
        ]
        for (dialect, told) in dialects {
            var farm = TestFarm()
            farm.join(0, dialect: dialect)
            farm.command(.drain(.expedited), 0)
            farm.expectSent(.drain(told), to: 0)
        }
    }
}
