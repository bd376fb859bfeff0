import FarmCoordinator
import FarmModel
import OrderedCollections
import Testing

@Suite("What fits a worker")
struct MatchingTests {
    @Test("A worker is given only what its host can do, and nobody waits behind what it cannot")
    func noHeadOfLine() {
        var farm = TestFarm()
        farm.submit(.tasks(3, named: "gpu", priority: 9) { $0.requirements.device = .gpu })
        farm.submit(.tasks(3, named: "large", priority: 8) { $0.requirements.memoryBytes = 4 << 30 })
        farm.submit(.tasks(3, named: "tagged", priority: 7) { $0.requirements.tags = ["attic"] })
        farm.submit(.tasks(3, named: "plain"))
        farm.add(0, slots: 2, Capabilities(memoryBytes: 4 << 30))
        #expect(farm.takeOffer(0).task.job == JobID(4))
        #expect(farm.takeOffer(0).task.job == JobID(4))
        farm.add(1, Capabilities(memoryBytes: 4 << 30, tags: ["attic", "cellar"]))
        #expect(farm.takeOffer(1).task.job == JobID(2))
        farm.add(2, Capabilities(memoryBytes: 1 << 30, device: .gpu, tags: ["attic"]))
        #expect(farm.takeOffer(2).task.job == JobID(1))
        farm.expectNothingElseSent()
    }

    @Test("A worker that nothing fits is asked again when something new comes")
    func parked() {
        var farm = TestFarm(workers: 3)
        farm.submit(.tasks(1, named: "gpu") { $0.requirements.device = .gpu })
        farm.expectNothingElseSent()
        #expect(farm.explain(0) == .noCapableWorker(count: 3, lack: .device(.gpu)))
        farm.submit(.tasks(3, named: "plain"))
        for worker in 0..<3 { farm.takeOffer(worker) }
        farm.add(3, Capabilities(device: .gpu))
        farm.takeOffer(3)
    }

    @Test("L15: A node that ends soon is given only what it can finish")
    func lifetime() {
        var farm = TestFarm()
        farm.submit(.tasks(4, named: "long", priority: 1) { $0.requirements.expectedMilliseconds = 60_000 })
        farm.submit(.tasks(4, named: "short") { $0.requirements.expectedMilliseconds = 5_000 })
        farm.add(0, slots: 2, lifetime: 61_000)
        #expect(farm.takeOffer(0).task.job == JobID(1))
        let second = farm.takeOffer(0)
        #expect(second.task.job == JobID(1))
        farm.advance(by: 5_000)
        farm.finish(second, on: 0)
        #expect(farm.takeOffer(0).task.job == JobID(2))
        #expect(farm.explain(3) == .nodesShortLived(count: 1, expected: 60_000))
    }

    @Test("A node that ends soon is asked again as soon as tasks turn out to fit it")
    func shorterThanThought() {
        var farm = TestFarm()
        farm.submit(.tasks(3))
        // Nothing is known of such tasks yet: they are taken for half a minute long.
        farm.add(1, lifetime: 20_000)
        farm.expectNothingElseSent()
        farm.add(0)
        let first = farm.takeOffer(0)
        farm.say(.succeeded(first, TaskResult(artifacts: [], wallMilliseconds: 1)), from: 0)
        farm.expectSent(.resultOK(first, .recorded), to: 0)
        farm.takeOffer(1)
    }

    @Test("A worker goes on with the models it has loaded")
    func warmWorkers() {
        var farm = TestFarm()
        farm.submit(.tasks(3, named: "a") { $0.affinity = "vit-b32" })
        farm.submit(.tasks(3, named: "b") { $0.affinity = "vit-b16" })
        farm.add(0)
        let first = farm.takeOffer(0)
        #expect(first.task.job == JobID(1))
        farm.command(.setPriority(5), JobID(2))
        farm.add(1)
        let other = farm.takeOffer(1)
        #expect(other.task.job == JobID(2))
        farm.command(.setPriority(0), JobID(2))
        // The older job would come first; the models are worth more.
        farm.finish(other, on: 1)
        #expect(farm.takeOffer(1).task.job == JobID(2))
        farm.finish(first, on: 0)
        #expect(farm.takeOffer(0).task.job == JobID(1))
    }

    @Test("Of two idle workers the one that has the models is given the task")
    func warmerWorker() {
        var farm = TestFarm(workers: 2)
        farm.submit(.tasks(1, named: "a") { $0.affinity = "vit-b32" })
        let first = farm.takeOffer(0)
        farm.finish(first, on: 0)
        farm.submit(.tasks(1, named: "b") { $0.affinity = "vit-b32" })
        farm.takeOffer(0)
        farm.submit(.tasks(1, named: "c") { $0.affinity = "vit-b32" })
        farm.takeOffer(1)
    }

    @Test("L17: Submitters share the farm within 5 % over 1,000 tasks", arguments: [1, 4])
    func fairShare(workers: Int) {
        var farm = TestFarm(workers: workers)
        farm.submit(.tasks(1_000, named: "a", of: "ana") { $0.affinity = "vit-b32" })
        farm.submit(.tasks(1_000, named: "b", of: "ben") { $0.affinity = "vit-b16" })
        farm.submit(.tasks(1_000, named: "c", of: "cem"))
        // Two jobs do not make two shares.
        farm.submit(.tasks(1_000, named: "d", of: "cem"))
        var begun: [String: Int] = [:]
        var running: [(Int, TaskAttempt)] = []
        for _ in 0..<1_000 {
            for worker in 0..<workers {
                guard case .offer(let attempt, _, _, _)? = farm.take(from: worker) else { continue }
                farm.say(.accept(attempt), from: worker)
                begun[farm.status(attempt.task.job)?.submitter ?? "", default: 0] += 1
                running.append((worker, attempt))
            }
            if running.count == workers || begun.values.reduce(0, +) >= 1_000 {
                let (worker, attempt) = running.removeFirst()
                farm.finish(attempt, on: worker)
            }
        }
        let total = begun.values.reduce(0, +)
        for (submitter, count) in begun {
            #expect(abs(Double(count) / Double(total) - 1.0 / 3) < 0.05 / 3, "\(submitter) began \(count) of \(total)")
        }
    }

    @Test("Whoever comes back after a pause starts level with the others")
    func noSaving() {
        var farm = TestFarm(workers: 1)
        farm.submit(.tasks(200, named: "a", of: "ana"))
        for _ in 0..<100 { farm.finish(farm.takeOffer(0), on: 0) }
        farm.submit(.tasks(200, named: "b", of: "ben"))
        var begun: [JobID: Int] = [:]
        for _ in 0..<40 {
            let attempt = farm.takeOffer(0)
            begun[attempt.task.job, default: 0] += 1
            farm.finish(attempt, on: 0)
        }
        #expect(abs((begun[JobID(1)] ?? 0) - (begun[JobID(2)] ?? 0)) <= 2)
    }
}
