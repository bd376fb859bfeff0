import FarmCoordinator
import FarmModel
import OrderedCollections
import Testing

@testable import FarmSimulation

/// What a restart would forget is found, whatever it is.
@Suite("The checker of recoveries")
struct RecoveryCheckerTests {
    private static let now = Instant(milliseconds: 0)
    private static let at = WallTime(milliseconds: 0)
    private static let worker = WorkerID.simulated("w")
    private static let lease = Lease(
        attempt: TaskAttempt(task: TaskID(job: JobID(1), index: 0), attempt: 1), worker: worker)
    private static let checkpoint = Checkpoint(iteration: 3, digest: .simulated(7), byteCount: 10)

    /// A job, one of its tasks given out, and some more.
    private static func ledger(_ more: [Record] = []) -> Ledger {
        let values = (0..<2).map { Settings(dictionaryLiteral: ("seed", .integer(Int64($0)))) }
        let step = StepSpec(
            name: "only", action: .noop, space: ParameterSpace(axes: [.init(name: "seed", values: values)]))
        var ledger = Ledger()
        ledger.commit(
            [
                .jobSubmitted(JobID(1), JobSpec(name: "job", steps: [step]), key: .simulated(1), at: at),
                .attemptStarted(lease, at: at),
            ] + more, at: now)
        return ledger
    }

    private static func difference(_ running: Ledger, _ records: Ledger) -> String? {
        let configuration = Coordinator.Configuration()
        let coordinator = Coordinator(configuration: configuration, recovering: running.snapshot, at: now)
        return RecoveryChecker.difference(coordinator, records, configuration, at: now)
    }

    @Test(
        "What only the memory or only the records know is named",
        arguments: [
            ([.workerBlocked(worker, JobID(1), at: at)], "block"),
            ([.workerDrained(worker, .eventual, at: at)], "drain"),
            ([.checkpointStored(lease, checkpoint, at: at)], "checkpoints"),
            ([.attemptFailed(lease, Failure(.task, "it failed"), at: at)], "failures"),
        ] as [([Record], String)])
    func differs(more: [Record], word: String) {
        let (bare, full) = (Self.ledger(), Self.ledger(more))
        #expect(Self.difference(full, full) == nil)
        for difference in [Self.difference(full, bare), Self.difference(bare, full)] {
            // A failed attempt also leaves its task waiting, which is told first.
            #expect(difference?.contains(word == "failures" ? "waiting" : word) == true, "\(difference ?? "nothing")")
        }
    }
}
