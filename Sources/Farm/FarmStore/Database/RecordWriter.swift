import FarmModel
import Foundation
import GRDB

import enum FarmModel.Record

/// Applies records to the tables, one after another, inside one transaction.
///
/// The rules:
/// 1. *A job has one number, one name and one key.*
/// 2. *An attempt is larger than all before it, and its task has not ended.* An earlier attempt that is still open is
///    dropped: declining an offer leaves no record of its own.
/// 3. *A task ends once*: by success, or by failure for good. A success may belong to any attempt given out, and to
///    one unknown here: a coordinator restored from an older backup learns of work from its workers.
/// 4. *A failed attempt is one that was given out and has not ended by verdict*, so no failure counts twice.
/// 5. *Cancelling ends what is open*; wanting a task again lifts the cancellation and forgets its failures. A task
///    that succeeded, or that somebody is working on, cannot be wanted again.
/// 6. *A checkpoint belongs to an attempt that was given out of a task that has not ended*; the two newest are kept.
struct RecordWriter {
    let db: Database
    private var taskCounts: [JobID: Int] = [:]

    init(_ db: Database) { self.db = db }

    mutating func apply(_ record: Record) throws {
        switch record {
        case .jobSubmitted(let job, let spec, let key, let at): try submit(job, spec, key: key, at: at)
        case .jobCancelled(let job, let at): try cancel(job, at: at)
        case .attemptStarted(let lease, let at): try start(lease, at: at)
        case .taskSucceeded(let lease, let result, let at): try succeed(lease, result, at: at)
        case .attemptFailed(let lease, let failure, let at): try fail(lease, failure, at: at)
        case .taskFailed(let task, let failure, let at): try fail(task, failure, at: at)
        case .taskRequeued(let task, _): try requeue(task)
        case .attemptReturned(let lease, _, let at): try giveBack(lease, at: at)
        case .checkpointStored(let lease, let checkpoint, let at): try store(checkpoint, of: lease, at: at)
        case .checkpointLost(let task, let digest, _): try drop(digest, of: task)
        case .jobPaused(let job, _): try pause(job, true)
        case .jobResumed(let job, _): try pause(job, false)
        case .jobPriority(let job, let priority, _): try set(priority, of: job)
        case .jobFailed(let job, let reason, let at): try fail(job, reason, at: at)
        case .workerBlocked(let worker, let job, let at): try block(worker, job, at: at)
        case .workerForgiven(let worker, let job, _): try forgive(worker, job)
        case .workerDrained(let worker, let mode, let at): try drain(worker, mode, at: at)
        case .workerResumed(let worker, _): try resume(worker)
        }
    }

    // MARK: - Jobs

    private mutating func submit(_ job: JobID, _ spec: JobSpec, key: Digest, at: WallTime) throws {
        do { try spec.validate() } catch { throw broken("\(error)", job) }
        let id = try number(job)
        let clash = try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT CASE WHEN id = ?1 THEN 'number' WHEN name = ?2 THEN 'name' ELSE 'key' END
                    FROM jobs WHERE id = ?1 OR name = ?2 OR key = ?3
                    """),
            arguments: [id, spec.name, Data(key.bytes)])
        if let clash { throw broken("another job has the same \(clash)", job) }
        try run(
            "INSERT INTO jobs (id, name, key, spec, task_count, submitted_at) VALUES (?, ?, ?, ?, ?, ?)",
            [id, spec.name, Data(key.bytes), try StoredJobSpec.encode(spec), spec.taskCount, at.milliseconds])
        try JobBlobs.note(spec, of: id, in: db)
        taskCounts[job] = spec.taskCount
    }

    func cancel(_ job: JobID, at: WallTime) throws {
        let id = try number(job)
        try run(
            "UPDATE jobs SET cancelled = 1, cancelled_at = ? WHERE id = ? AND cancelled = 0", [at.milliseconds, id])
        guard db.changesCount == 1 else { throw broken("no such job, or it is cancelled already", job) }
        try run(
            """
            UPDATE attempts SET outcome = 3, ended_at = ?1 WHERE job = ?2 AND outcome = 0
            AND idx IN (SELECT idx FROM tasks WHERE job = ?2 AND leased_to IS NOT NULL)
            """, [at.milliseconds, id])
        try run("UPDATE tasks SET leased_to = NULL WHERE job = ? AND leased_to IS NOT NULL", [id])
    }

    // MARK: - Attempts

    private mutating func start(_ lease: Lease, at: WallTime) throws {
        let (job, index) = try place(lease.attempt.task)
        let attempt = Int64(lease.attempt.attempt)
        try run(
            """
            INSERT INTO tasks (job, idx, attempt, leased_to) VALUES (?, ?, ?, ?)
            ON CONFLICT (job, idx) DO UPDATE SET attempt = excluded.attempt, leased_to = excluded.leased_to
            WHERE excluded.attempt > attempt AND outcome = 0
            """, [job, index, attempt, lease.worker.name])
        guard db.changesCount == 1, attempt > 0 else {
            throw broken("the attempt is not larger than the last one, or the task has ended", lease.attempt)
        }
        if attempt > 1 { try dropOpen(job, index, at: at) }
        try run(
            "INSERT INTO attempts (job, idx, attempt, worker, started_at) VALUES (?, ?, ?, ?, ?)",
            [job, index, attempt, lease.worker.name, at.milliseconds])
    }

    private mutating func succeed(_ lease: Lease, _ result: TaskResult, at: WallTime) throws {
        let (job, index) = try place(lease.attempt.task)
        let attempt = Int64(lease.attempt.attempt)
        // Whether there may be anything to tidy up after other attempts.
        let hadTrouble = try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    INSERT INTO tasks (job, idx, attempt, outcome, succeeded_attempt, ended_at)
                    VALUES (?1, ?2, ?3, 1, ?3, ?4)
                    ON CONFLICT (job, idx) DO UPDATE SET attempt = max(attempt, ?3), outcome = 1,
                        succeeded_attempt = ?3, leased_to = NULL, ended_at = ?4
                    WHERE outcome = 0
                    RETURNING attempt > 1 OR failures_task > 0 OR failures_bad_output > 0 OR crashes > 0
                    """), arguments: [job, index, attempt, at.milliseconds])
        guard let hadTrouble, attempt > 0 else { throw broken("the task has ended already", lease.attempt) }
        try run(
            """
            INSERT INTO attempts (job, idx, attempt, worker, ended_at, outcome) VALUES (?1, ?2, ?3, ?4, ?5, 1)
            ON CONFLICT (job, idx, attempt) DO UPDATE
                SET worker = ?4, ended_at = ?5, outcome = 1, failure_class = NULL, failure_message = NULL
            WHERE worker = ?4 OR outcome <> 0
            """, [job, index, attempt, lease.worker.name, at.milliseconds])
        guard db.changesCount == 1 else {
            throw broken("the attempt is held by another worker than \(lease.worker)", lease.attempt)
        }
        if hadTrouble {
            try dropOpen(job, index, at: at)
            try run("DELETE FROM failed_on WHERE job = ? AND idx = ?", [job, index])
        }
        try run("DELETE FROM checkpoints WHERE job = ? AND idx = ?", [job, index])
        try ResultWriter(db: db, attempt: lease.attempt, job: job, index: index).write(result)
    }

    private mutating func fail(_ lease: Lease, _ failure: Failure, at: WallTime) throws {
        let (job, index) = try place(lease.attempt.task)
        let attempt = Int64(lease.attempt.attempt)
        try run(
            """
            UPDATE attempts SET outcome = 2, ended_at = ?, failure_class = ?, failure_message = ?
            WHERE job = ? AND idx = ? AND attempt = ? AND worker = ? AND outcome IN (0, 3)
            """,
            [
                at.milliseconds, failure.failureClass.rawValue, failure.message, job, index, attempt,
                lease.worker.name,
            ])
        guard db.changesCount == 1 else {
            throw broken("the attempt was never given to \(lease.worker), or it has ended", lease.attempt)
        }
        let column = Schema.column(of: failure.failureClass)
        let crash = failure.cause?.isCrash == true ? ", crashes = crashes + 1" : ""
        try run(
            """
            UPDATE tasks SET \(column) = \(column) + 1\(crash), leased_to = iif(attempt = ?3, NULL, leased_to)
            WHERE job = ?1 AND idx = ?2 AND outcome = 0
            """, [job, index, attempt])
        guard db.changesCount == 1 else { throw broken("the task has ended already", lease.attempt) }
        guard failure.isBlame else { return }
        try run(
            "INSERT INTO failed_on (job, idx, worker) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [job, index, lease.worker.name])
    }

    // MARK: - Tasks

    private mutating func fail(_ task: TaskID, _ failure: Failure, at: WallTime) throws {
        let (job, index) = try place(task)
        let values: StatementArguments = [
            job, index, failure.failureClass.rawValue, failure.message, at.milliseconds, failure.cause?.description,
        ]
        try run(
            """
            INSERT INTO tasks (job, idx, attempt, outcome, failure_class, failure_message, ended_at,
                failure_cause)
            VALUES (?1, ?2, 0, 2, ?3, ?4, ?5, ?6)
            ON CONFLICT (job, idx) DO UPDATE SET outcome = 2, leased_to = NULL, failure_class = ?3,
                failure_message = ?4, ended_at = ?5, failure_cause = ?6
            WHERE outcome = 0
            """, values)
        guard db.changesCount == 1 else { throw broken("the task has ended already", task) }
        try run("DELETE FROM checkpoints WHERE job = ? AND idx = ?", [job, index])
        try run(
            """
            UPDATE attempts SET outcome = 2, failure_class = ?3, failure_message = ?4, ended_at = ?5
            WHERE job = ?1 AND idx = ?2 AND outcome = 0
            """, [job, index, failure.failureClass.rawValue, failure.message, at.milliseconds])
    }

    private mutating func requeue(_ task: TaskID) throws {
        let (job, index) = try place(task)
        try run(
            """
            UPDATE jobs SET cancelled = 0, cancelled_at = NULL, failure = NULL, outputs_complete = 0
            WHERE id = ? AND (cancelled = 1 OR outputs_complete = 1)
            """, [job])
        let counters = Failure.Class.allCases.map { "\(Schema.column(of: $0)) = 0" }.joined(separator: ", ")
        try run(
            """
            UPDATE tasks SET outcome = 0, failure_class = NULL, failure_message = NULL, failure_cause = NULL,
                ended_at = NULL, crashes = 0, \(counters)
            WHERE job = ? AND idx = ? AND outcome <> 1 AND leased_to IS NULL
            """, [job, index])
        if db.changesCount == 1 {
            try run("DELETE FROM failed_on WHERE job = ? AND idx = ?", [job, index])
            // Failed without ever being tried: it is simply waiting again.
            return try run("DELETE FROM tasks WHERE job = ? AND idx = ? AND attempt = 0", [job, index])
        }
        let row = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT outcome FROM tasks WHERE job = ? AND idx = ?"), arguments: [job, index])
        guard row == nil else { throw broken("the task succeeded, or somebody is working on it", task) }
    }

    private func dropOpen(_ job: Int64, _ index: Int64, at: WallTime) throws {
        try run(
            "UPDATE attempts SET outcome = 3, ended_at = ? WHERE job = ? AND idx = ? AND outcome = 0",
            [at.milliseconds, job, index])
    }

    // MARK: - Rows

    /// A task's columns; throws unless its job is known and has so many tasks.
    mutating func place(_ task: TaskID) throws -> (job: Int64, index: Int64) {
        let job = try number(task.job)
        let count: Int
        if let known = taskCounts[task.job] {
            count = known
        } else {
            let stored = try Int.fetchOne(
                db.cachedStatement(sql: "SELECT task_count FROM jobs WHERE id = ?"), arguments: [job])
            guard let stored else { throw broken("no such job", task) }
            taskCounts[task.job] = stored
            count = stored
        }
        guard task.index < count else { throw broken("the job has only \(count) tasks", task) }
        return (job, Int64(task.index))
    }

    func number(_ job: JobID) throws -> Int64 {
        guard let id = Int64(exactly: job.number), id > 0 else { throw broken("no possible number", job) }
        return id
    }

    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func broken(_ what: String, _ place: some CustomStringConvertible) -> StoreError {
        StoreError(
            .ruleViolated, what: what, at: place.description, hint: "nothing of this batch was recorded")
    }
}
