import FarmModel
import Testing

@Suite("What two peers speak")
struct DialectTests {
    @Test("V5: Of the words that both have all are used, in order, and no other")
    func words() throws {
        let old = Dialect(features: ["returns", "checkpoints"])
        let new = Dialect(features: ["sketches", "returns", "audits"])
        #expect(try #require(old.common(with: new)).features == ["returns"])
        #expect(try #require(new.common(with: old)).features == ["returns"])
        #expect(try #require(old.common(with: old)).features == ["checkpoints", "returns"])
        #expect(try #require(old.common(with: .silent)).features.isEmpty)
        #expect(try #require(Dialect.silent.common(with: new)).features.isEmpty)
    }

    @Test("V2: The largest version that both speak is used, and there may be none")
    func versions() throws {
        func largest(_ one: ClosedRange<UInt8>, _ other: ClosedRange<UInt8>) -> UInt8? {
            let (one, other) = (Dialect(versions: one), Dialect(versions: other))
            #expect(one.common(with: other)?.version == other.common(with: one)?.version)
            return one.common(with: other)?.version
        }
        #expect(largest(1...1, 1...1) == 1)
        #expect(largest(1...1, 1...3) == 1)
        #expect(largest(1...3, 2...255) == 3)
        #expect(largest(1...1, 2...3) == nil)
        #expect(largest(1...2, 3...255) == nil)
    }

    @Test("V5: What the first edition of a coordinator takes from clients needs no word, and the rest needs one")
    func clients() throws {
        let worker = try #require(WorkerID("w"))
        let job = JobID(1)
        let plain: [ClientMessage] = [
            .open, .command(.cancel, job), .command(.retryFailed, job), .query(.jobs), .query(.job(job)),
            .query(.jobsAfter(job)),
        ]
        let steering: [ClientMessage] = [
            .command(.pause, job), .command(.resume, job), .command(.setPriority(1), job),
            .command(.requeue([0]), job), .workerCommand(.drain(.eventual), worker), .workerCommand(.resume, worker),
            .workerCommand(.forgive, worker),
        ]
        let listings: [ClientMessage] = [
            .query(.jobNamed("a")), .query(.tasks(job, .all, TaskPageRequest())), .query(.workers),
            .query(.explain(TaskID(job: job, index: 0))),
        ]
        for message in plain { #expect(message.neededFeature == nil) }
        for message in steering { #expect(message.neededFeature == .steering) }
        for message in listings { #expect(message.neededFeature == .listings) }
    }
}
