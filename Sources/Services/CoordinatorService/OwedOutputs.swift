import FarmModel
import OrderedCollections

/// Ended jobs whose folders are not complete yet: each stays here until its final manifest is in place.
struct OwedOutputs {
    private struct Debt {
        var status: JobStatus
        /// When it is to be tried, or tried again.
        var due: Instant
        /// How often it was tried in vain.
        var failures = 0
    }

    private var debts: OrderedDictionary<JobID, Debt> = [:]
    /// Milliseconds until the second try; every further one takes twice as long, up to a limit.
    private let rest: Int64

    init(rest: Int64) { self.rest = rest }

    /// Whether the folder of a job is not complete although the job has ended.
    func contains(_ job: JobID) -> Bool { debts[job] != nil }

    /// The jobs, in the order in which they ended.
    var jobs: [JobStatus] { debts.values.map(\.status) }

    /// A job has ended: it is due at once.
    mutating func add(_ status: JobStatus, at now: Instant) {
        debts[status.job] = Debt(status: status, due: now)
    }

    /// The jobs to be tried now.
    func due(at now: Instant) -> [JobStatus] { debts.values.filter { $0.due <= now }.map(\.status) }

    /// Whether a job was tried before.
    func wasTried(_ job: JobID) -> Bool { debts[job].map { $0.failures > 0 } ?? false }

    /// Something of a job was put in place: it is worth another try.
    mutating func hurry(_ job: JobID, at now: Instant) { debts[job]?.due = now }

    /// A job could not be completed.
    mutating func postpone(_ job: JobID, at now: Instant) {
        guard var debt = debts[job] else { return }
        let pause = min(rest << min(debt.failures, 16), Limits.longestRest)
        debt.failures += 1
        debt.due = now.advanced(byMilliseconds: pause)
        debts[job] = debt
    }

    /// A job is complete, or has not ended after all.
    mutating func settle(_ job: JobID) { debts[job] = nil }
}
