import FarmModel
import FarmStore
import Foundation
import OrderedCollections
import Testing

@Suite("Recording and recovery")
struct RecordingTests {
    @Test(
        "Loading gives what the records add up to, before and after a restart", arguments: 1...16 as ClosedRange<UInt64>
    )
    func folding(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var farm = try store(in: folder)
        var records = RandomRecords(seed: seed)
        var fold = RecordFold()
        var random = SplitMix64(seed: seed &* 7_919)
        for round in 1...24 {
            let batch = try (0..<Int.random(in: 1...16, using: &random)).map { _ in try records.next() }
            try farm.commit(batch)
            batch.forEach { fold.apply($0) }
            if round % 6 == 0 {
                #expect(try farm.load() == fold.snapshot(epoch: farm.epoch))
                try farm.close()
                farm = try store(in: folder)
            }
        }
        #expect(farm.epoch == 5)
        #expect(try farm.load() == fold.snapshot(epoch: 5))
    }

    @Test("Files copied from a running store hold every committed record")
    func powerCut() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        var records = RandomRecords(seed: 99)
        let batch = try (0..<80).map { _ in try records.next() }
        try farm.commit(batch)
        var fold = RecordFold()
        batch.forEach { fold.apply($0) }
        try FileManager.default.copyItem(atPath: folder("state"), toPath: folder("copy"))
        #expect(try store(in: folder, "copy").load() == fold.snapshot(epoch: 2))
    }

    @Test("A log cut off anywhere loses whole batches from its end, never a part of one")
    func tornLog() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        var records = RandomRecords(seed: 5)
        var fold = RecordFold()
        var states = [fold.snapshot(epoch: 2)]
        for _ in 0..<6 {
            let batch = try (0..<5).map { _ in try records.next() }
            try farm.commit(batch)
            batch.forEach { fold.apply($0) }
            states.append(fold.snapshot(epoch: 2))
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: folder("state/farm.sqlite-wal")))
        var found: [Int] = []
        for cut in [0, 1, 100, 4_095, 9_000, 21_000, 40_001, 60_000] {
            let name = "cut-\(cut)"
            try FileManager.default.copyItem(atPath: folder("state"), toPath: folder(name))
            try FileManager.default.removeItem(atPath: folder("\(name)/farm.sqlite-shm"))
            try log.dropLast(cut).write(to: URL(fileURLWithPath: folder("\(name)/farm.sqlite-wal")))
            let reopened = try store(in: folder, name)
            var snapshot = try reopened.load()
            // The count of starts may have been in the part that was cut off.
            snapshot.epoch = 2
            found.append(try #require(states.firstIndex(of: snapshot), "cut \(cut) gives no state that was committed"))
        }
        #expect(found.first == 6)
        #expect(found == found.sorted(by: >))
        #expect(found.last ?? 6 < 6)
    }

    @Test("Settings, axes and order of a specification survive storage exactly")
    func specification() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        let spec = JobSpec(
            name: "odd.name-1",
            steps: [
                StepSpec(
                    name: "a \"quoted\" step\n", action: .noop,
                    space: ParameterSpace(
                        base: [
                            "z": .integer(.min), "a": .number(2), "m": .number(0.1), "é": .string("π/\\\u{0}\u{1F3A8}"),
                            "b": .boolean(true), "l": .list([.integer(1), .number(1), .list([]), .boolean(false)]),
                        ], axes: [.init(name: "x", values: [["z": .integer(.max)], [:]])])),
                StepSpec(name: "b", action: .render, dependsOn: ["a \"quoted\" step\n"], space: ParameterSpace()),
            ], priority: -7)
        try farm.commit([.jobSubmitted(JobID(1), spec, key: try digest(1), at: time(0))])
        let stored = try #require(try farm.load().jobs.first)
        #expect(stored.spec == spec)
        #expect(Array(stored.spec.steps[0].space.base.keys) == ["z", "a", "m", "é", "b", "l"])
    }

    @Test("Each start counts, also when the last one never closed")
    func epochs() throws {
        let folder = try TemporaryFolder()
        for expected in 1...3 as ClosedRange<UInt64> {
            let farm = try store(in: folder)
            #expect(farm.epoch == expected)
            #expect(try farm.load() == Snapshot(epoch: expected, jobs: []))
            if expected == 1 { try farm.close() }
        }
    }

    @Test("A million tasks that nobody tried cost one row")
    func untried() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        let axis = (0..<1_000).map { ["a": SettingValue.integer(Int64($0))] as Settings }
        let spec = JobSpec(
            name: "large",
            steps: [
                StepSpec(
                    name: "s", action: .noop,
                    space: ParameterSpace(axes: [.init(name: "a", values: axis), .init(name: "b", values: axis)]))
            ])
        try farm.commit([
            .jobSubmitted(JobID(1), spec, key: try digest(1), at: time(0)),
            .attemptStarted(try lease(1, 999_999, 1), at: time(1)),
        ])
        let job = try #require(try farm.load().jobs.first)
        #expect(job.spec.taskCount == 1_000_000)
        #expect(job.tasks.map(\.index) == [999_999])
    }

    @Test("100,000 tried tasks are recorded and loaded, 10,000 results described; the times are printed")
    func speed() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        let (count, results) = (100_000, 10_000)
        try farm.commit([try submitted(tasks: count)])
        let picture = try digest(7)
        let clock = ContinuousClock()
        func recording(_ indices: Range<Int>, _ record: (UInt32) throws -> Record) throws -> Duration {
            try clock.measure {
                for start in stride(from: indices.lowerBound, to: indices.upperBound, by: 1_000) {
                    try farm.commit(try (start..<start + 1_000).map { try record(UInt32($0)) })
                }
            }
        }
        let starting = try recording(0..<count) { .attemptStarted(try lease(1, $0, 1), at: time(1)) }
        let ending = try recording(0..<results) { index in
            .taskSucceeded(
                try lease(1, index, 1),
                TaskResult(
                    artifacts: [Artifact(name: "\(index).png", kind: .frame, byteCount: 1, digest: picture)],
                    metrics: ["final_loss": 0.25], facts: ["engine": "1"], wallMilliseconds: 9), at: time(2))
        }
        try farm.commit([.jobCancelled(JobID(1), at: time(3))])
        var snapshot = Snapshot(epoch: 0, jobs: [])
        let loading = try clock.measure { snapshot = try farm.load() }
        #expect(snapshot.jobs.first?.tasks.count == count)
        #expect(snapshot.jobs.first?.tasks.count { $0.outcome == .succeeded(attempt: 1) } == results)
        print("recorded: \(count) attempts in \(starting), \(results) results in \(ending); loaded in \(loading)")
    }
}
