internal import FarmModel
internal import OrderedCollections

/// Nobody is given a task while somebody else has waited longer for his share.
///
/// What it demands of every attempt that is given out, of all tasks that its worker could have been given as well:
/// - None has a larger priority.
/// - Whoever waits with one of the same priority has at most one slot less in use than whoever is given it: one that is
///   warm for a task counts as one less.
/// - Nobody is given more tasks in a row beside somebody who waits than loaded models are worth, and as many more as
///   that one was given before.
///
/// It looks only at tasks that were ready before a transaction and are ready after it, and not at transactions in which
/// people changed something. Tasks that may be kept for the worker of their chain are not looked at while they wait,
/// since others are not given them; given out, they count like any other.
struct FairShareChecker {
    /// Somebody is given work while somebody else waits.
    private struct Pair: Hashable {
        let served: String
        let waiting: String
    }

    /// Submitters of the tasks that are offered or running.
    private var running: [TaskID: String] = [:]
    /// Attempts given to each submitter.
    private var given: [String: Int] = [:]
    /// Attempts given to one in a row while the other waited.
    private var rows: [Pair: Int] = [:]

    /// Holds the attempts that a transaction gave out against what was left.
    ///
    /// - Parameters:
    ///   - records: The transaction.
    ///   - before: What was committed before it.
    ///   - after: What is committed with it.
    ///   - hosts: What the workers' hosts have; workers that are not listed are not looked at.
    ///   - slots: Slots of each worker.
    ///   - now: When it was committed.
    /// - Returns: What is wrong; nil if nothing is.
    mutating func committed(
        _ records: [Record], before: Ledger, after: Ledger, _ hosts: [WorkerID: Capabilities], slots: UInt32,
        at now: Instant
    ) -> String? {
        let isQuiet = records.allSatisfy(FairShareChecker.isOrdinary)
        var violation: String?
        for record in records {
            guard case .attemptStarted(let lease, _) = record, let job = after.jobs[lease.attempt.task.job] else {
                forget(record)
                continue
            }
            if isQuiet, violation == nil, let host = hosts[lease.worker] {
                let ready = Set(ReadyTasks(of: before, for: lease.worker, host, slots: slots, at: now))
                let left = ReadyTasks(of: after, for: lease.worker, host, slots: slots, at: now)
                    .filter { ready.contains($0) && !FairShareChecker.mayBeKept($0, after) }
                violation = complaint(of: lease, job, left, after)
            }
            begin(lease.attempt.task, job.spec.submitter)
        }
        return violation
    }

    /// What is wrong with giving an attempt out while others are left.
    private mutating func complaint(of lease: Lease, _ job: StoredJob, _ left: [TaskID], _ ledger: Ledger) -> String? {
        let served = job.spec.submitter
        var waiting: OrderedSet<String> = []
        for task in left where task != lease.attempt.task {
            guard let other = ledger.jobs[task.job] else { continue }
            if other.priority > job.priority {
                return "\(lease.attempt) of priority \(job.priority) was given out before \(task) of \(other.priority)"
            }
            if other.priority == job.priority, other.spec.submitter != served { waiting.append(other.spec.submitter) }
        }
        rows = rows.filter { $0.key.served != served || waiting.contains($0.key.waiting) }
        for other in waiting {
            let (has, lacks) = (count(served), count(other))
            if has > lacks + 1 {
                return "\(lease.attempt) was given to \(served) with \(has) slots while \(other) waits with \(lacks)"
            }
            let row = rows[Pair(served: served, waiting: other), default: 0] + 1
            rows[Pair(served: served, waiting: other)] = row
            if row > SimulationLimits.shareLead + given[other, default: 0] {
                return "\(served) was given \(row) tasks in a row while \(other) waited"
            }
        }
        return nil
    }

    private func count(_ submitter: String) -> Int { running.values.count { $0 == submitter } }

    private mutating func begin(_ task: TaskID, _ submitter: String) {
        running[task] = submitter
        given[submitter, default: 0] += 1
        rows = rows.filter { $0.key.waiting != submitter }
    }

    /// The ends of attempts.
    private mutating func forget(_ record: Record) {
        switch record {
        case .taskSucceeded(let lease, _, _), .attemptReturned(let lease, _, _):
            running[lease.attempt.task] = nil
        case .attemptFailed(let lease, let failure, _):
            let submitter = running.removeValue(forKey: lease.attempt.task)
            // An offer that came to nothing is not counted.
            guard failure.failureClass == .busy else { return }
            for pair in rows.keys where pair.served == submitter { rows[pair, default: 1] -= 1 }
        case .jobCancelled(let id, _), .jobFailed(let id, _, _): running = running.filter { $0.key.job != id }
        default: break
        }
    }

    /// Whether a record says nothing of what people want.
    private static func isOrdinary(_ record: Record) -> Bool {
        switch record {
        case .attemptStarted, .taskSucceeded, .attemptFailed, .attemptReturned, .taskFailed, .checkpointStored,
            .checkpointLost:
            true
        default: false
        }
    }

    /// Whether a task may be kept for the worker that ran the one before it in its chain.
    private static func mayBeKept(_ task: TaskID, _ ledger: Ledger) -> Bool {
        guard let job = ledger.jobs[task.job], let step = job.step(of: task.index) else { return true }
        return job.steps[step].isChain && task.index > job.steps[step].first
    }
}
