import FarmModel
import OrderedCollections
import Testing

@testable import FarmCoordinator

/// What is remembered of tasks is the same, packed or not.
@Suite("Tasks that were tried")
struct TriedTasksTests {
    private static func succeeded(_ winner: UInt32 = 1, latest: UInt32 = 1) -> TaskMemory {
        TaskMemory(state: .succeeded(attempt: winner), attempt: latest)
    }

    private static func same(_ a: TaskMemory, _ b: TaskMemory) -> Bool {
        (a.state, a.attempt, a.failures) == (b.state, b.attempt, b.failures)
    }

    @Test("Whatever happens to tasks, they are remembered as they would be in a list", arguments: 1...8)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (tried, list) = (TriedTasks(), [TaskMemory]())
        for _ in 0..<3_000 {
            let state: TaskMemory.State =
                switch Int.random(in: 0..<12, using: &random) {
                case 0: .ready
                case 1: .resting(until: Instant(milliseconds: 9))
                case 2: .failed
                case 3: .cancelled
                default: .succeeded(attempt: UInt32.random(in: 1...300, using: &random))
                }
            if list.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
                let memory = TaskMemory(state: state, attempt: 300)
                tried.append(memory)
                list.append(memory)
            } else {
                let place = Int.random(in: 0..<list.count, using: &random)
                tried[place].state = state
                list[place].state = state
                if Int.random(in: 0..<9, using: &random) == 0 {
                    tried[place].failures.add(Failure(.task, "it failed"))
                    list[place].failures.add(Failure(.task, "it failed"))
                }
            }
            if Int.random(in: 0..<50, using: &random) == 0 { tried.seal() }
        }
        #expect(tried.count == list.count)
        #expect(zip(tried, list).allSatisfy(Self.same))
        for place in list.indices {
            tried[place].state = .succeeded(attempt: 1)
            list[place].state = .succeeded(attempt: 1)
        }
        tried.seal()
        #expect(tried.packedCount == list.count)
        #expect(zip(tried, list).allSatisfy(Self.same))
    }

    @Test("A run is packed when its last task has succeeded, and the rest when no task follows")
    func packing() {
        var tried = TriedTasks()
        for _ in 0..<TriedTasks.runLength + 10 { tried.append(TaskMemory(state: .leased, attempt: 1)) }
        for place in 1..<TriedTasks.runLength { tried[place] = Self.succeeded() }
        #expect(tried.packedCount == 0)
        tried[0] = Self.succeeded(2, latest: 3)
        #expect(tried.packedCount == TriedTasks.runLength)
        tried.seal()
        #expect(tried.packedCount == TriedTasks.runLength)
        for place in TriedTasks.runLength..<tried.count { tried[place] = Self.succeeded() }
        tried.seal()
        #expect(tried.packedCount == tried.count)
        #expect(Self.same(tried[0], Self.succeeded(2, latest: 3)) && Self.same(tried[5], Self.succeeded()))
    }

    @Test("Late reports of a packed task are answered as before")
    func lateReports() throws {
        let farm = try Self.finishedJob()
        #expect(farm.steps[0].tried.packedCount == 300)
        #expect(farm.isEnded && farm.status.succeeded == 300)
        #expect(farm.memory(of: 7)?.state == .succeeded(attempt: 2))
        #expect(farm.memory(of: 7)?.failures.total == 1)
        try farm.proveInvariants()
    }

    /// A job of 300 tasks that have all succeeded, one of them at its second attempt.
    private static func finishedJob() throws -> Job {
        let values = (0..<300).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
        let step = StepSpec(
            name: "only", action: .noop, space: ParameterSpace(axes: [.init(name: "seed", values: values)]))
        var job = Job(id: JobID(1), spec: JobSpec(name: "job", steps: [step]))
        let worker = try #require(WorkerID("w"))
        for index in 0..<UInt32(300) {
            var attempt = job.lease(index)
            if index == 7 {
                _ = job.note(Failure(.task, "it failed"), of: index, on: worker)
                job.release(index, restingUntil: nil)
                attempt = job.lease(index)
            }
            job.succeed(attempt, TaskResult(artifacts: [], wallMilliseconds: 1))
        }
        return job
    }
}
