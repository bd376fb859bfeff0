import FarmModel
import FarmStore
import Testing

@Suite("Rules of recording")
struct RuleTests {
    /// A record that contradicts others, which are recorded before it.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let before: [Record]
        let wrong: Record
        var testDescription: String { name }
    }

    static let result = TaskResult(artifacts: [], wallMilliseconds: 1)
    static let failure = Failure(.task, "the loss is not a number")

    static func named(_ name: String) -> TaskResult {
        TaskResult(
            artifacts: (try? digest(1)).map { [Artifact(name: name, kind: .frame, byteCount: 1, digest: $0)] } ?? [],
            wallMilliseconds: 1)
    }

    static func cases() throws -> [Case] {
        let job = try submitted()
        let task = TaskID(job: JobID(1), index: 0)
        let started = Record.attemptStarted(try lease(1, 0, 1), at: time(1))
        let again = Record.attemptStarted(try lease(1, 0, 2), at: time(2))
        let succeeded = Record.taskSucceeded(try lease(1, 0, 1), result, at: time(3))
        let attemptFailed = Record.attemptFailed(try lease(1, 0, 1), failure, at: time(3))
        let taskFailed = Record.taskFailed(task, failure, at: time(4))
        let cancelled = Record.jobCancelled(JobID(1), at: time(5))
        func renamed(_ id: UInt64, _ name: String, _ key: Int) throws -> Record {
            .jobSubmitted(JobID(id), sweep(name), key: try digest(key), at: time(0))
        }
        return [
            Case(name: "a number twice", before: [job], wrong: try renamed(1, "other", 9)),
            Case(name: "a name twice", before: [job], wrong: try renamed(2, "harbor", 9)),
            Case(name: "a key twice", before: [job], wrong: try renamed(2, "other", 1)),
            Case(name: "job 0", before: [], wrong: try renamed(0, "zero", 9)),
            Case(name: "a number beyond 63 bits", before: [], wrong: try renamed(.max, "huge", 9)),
            Case(name: "a name that is a path", before: [], wrong: try renamed(1, "../up", 9)),
            Case(name: "cancelling nothing", before: [], wrong: cancelled),
            Case(name: "cancelling twice", before: [job, cancelled], wrong: cancelled),
            Case(name: "an attempt of no job", before: [], wrong: started),
            Case(
                name: "an attempt of no task", before: [job], wrong: .attemptStarted(try lease(1, 4, 1), at: time(1))),
            Case(name: "attempt 0", before: [job], wrong: .attemptStarted(try lease(1, 0, 0), at: time(1))),
            Case(name: "an attempt twice", before: [job, started], wrong: started),
            Case(name: "a smaller attempt", before: [job, again], wrong: started),
            Case(name: "an attempt after success", before: [job, started, succeeded], wrong: again),
            Case(name: "an attempt after failure", before: [job, taskFailed], wrong: started),
            Case(name: "success twice", before: [job, started, succeeded], wrong: succeeded),
            Case(
                name: "success of another attempt", before: [job, started, again, succeeded],
                wrong: .taskSucceeded(try lease(1, 0, 2), result, at: time(9))),
            Case(name: "success after failure", before: [job, started, taskFailed], wrong: succeeded),
            Case(
                name: "success of another worker's attempt", before: [job, started],
                wrong: .taskSucceeded(try lease(1, 0, 1, "w2"), result, at: time(3))),
            Case(
                name: "a file name that is a path", before: [job, started],
                wrong: .taskSucceeded(try lease(1, 0, 1), named("../x.png"), at: time(3))),
            Case(
                name: "a hidden file name", before: [job, started],
                wrong: .taskSucceeded(try lease(1, 0, 1), named(".x.png"), at: time(3))),
            Case(name: "failure of no attempt", before: [job], wrong: attemptFailed),
            Case(name: "failure twice", before: [job, started, attemptFailed], wrong: attemptFailed),
            Case(
                name: "failure of another worker's attempt", before: [job, started],
                wrong: .attemptFailed(try lease(1, 0, 1, "w2"), failure, at: time(3))),
            Case(name: "failure of an attempt after success", before: [job, started, succeeded], wrong: attemptFailed),
            Case(name: "failure for good after success", before: [job, started, succeeded], wrong: taskFailed),
            Case(name: "failure for good twice", before: [job, taskFailed], wrong: taskFailed),
            Case(
                name: "wanting a success again", before: [job, started, succeeded],
                wrong: .taskRequeued(task, at: time(6))),
            Case(
                name: "wanting again what is being worked on", before: [job, started],
                wrong: .taskRequeued(task, at: time(6))),
        ]
    }

    @Test("A late result may come from a worker under another name, since the attempt was ended for its first one")
    func renamedWorker() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit([
            try submitted(), .attemptStarted(try lease(1, 0, 1), at: time(1)),
            .attemptFailed(try lease(1, 0, 1), RuleTests.failure, at: time(2)),
            .taskSucceeded(try lease(1, 0, 1, "w2"), RuleTests.result, at: time(3)),
        ])
        #expect(try farm.load().jobs[0].tasks.map(\.outcome) == [.succeeded(attempt: 1)])
        #expect(
            try farm.manifest(of: JobID(1), state: .complete, generator: .init(name: "t", version: "1")).tasks.map(
                \.worker) == ["w2"])
    }

    @Test("A contradicting record is refused with its whole batch", arguments: try cases())
    func refused(_ example: Case) throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit(example.before)
        let before = try farm.load()
        let bystander = try submitted(50, "bystander")
        let error = try storeError { try farm.commit([bystander, example.wrong]) }
        #expect(error.reason == .ruleViolated, "\(error)")
        #expect(try farm.load() == before)
    }

    @Test("An attempt dropped for a later one may still succeed, and the later one ends")
    func lateSuccess() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit([
            try submitted(), .attemptStarted(try lease(1, 0, 1), at: time(1)),
            .attemptStarted(try lease(1, 0, 2, "w2"), at: time(2)),
            .taskSucceeded(try lease(1, 0, 1), RuleTests.result, at: time(3)),
        ])
        #expect(
            try farm.load().jobs[0].tasks == [
                .init(index: 0, attempt: 2, leasedTo: nil, outcome: .succeeded(attempt: 1))
            ])
    }

    @Test("R12: A success that the store never heard the start of is recorded")
    func restoredFromBackup() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        try farm.commit([try submitted(), .taskSucceeded(try lease(1, 3, 5), RuleTests.result, at: time(3))])
        #expect(
            try farm.load().jobs[0].tasks == [
                .init(index: 3, attempt: 5, leasedTo: nil, outcome: .succeeded(attempt: 5))
            ])
    }

    @Test("Wanting a task again keeps its attempt number and lifts the cancellation")
    func requeue() throws {
        let folder = try TemporaryFolder()
        let farm = try store(in: folder)
        let task = TaskID(job: JobID(1), index: 0)
        try farm.commit([
            try submitted(), .attemptStarted(try lease(1, 0, 3), at: time(1)),
            .attemptFailed(try lease(1, 0, 3), RuleTests.failure, at: time(2)),
            .taskFailed(task, RuleTests.failure, at: time(2)), .jobCancelled(JobID(1), at: time(3)),
            .taskRequeued(task, at: time(4)), .taskRequeued(TaskID(job: JobID(1), index: 1), at: time(4)),
        ])
        let job = try farm.load().jobs[0]
        #expect(!job.isCancelled)
        #expect(job.tasks == [.init(index: 0, attempt: 3, leasedTo: nil, outcome: .open)])
        #expect(throws: StoreError.self) { try farm.commit([.attemptStarted(try lease(1, 0, 3), at: time(5))]) }
        try farm.commit([.attemptStarted(try lease(1, 0, 4), at: time(5))])
    }
}
