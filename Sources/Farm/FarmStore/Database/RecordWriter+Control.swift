import FarmModel
import Foundation
import GRDB

// What people and checkpoints change: all of it may be repeated.
extension RecordWriter {
    // MARK: - Attempts

    /// The attempt ends without a verdict; its result would still be welcome.
    mutating func giveBack(_ lease: Lease, at: WallTime) throws {
        let (job, index) = try place(lease.attempt.task)
        let attempt = Int64(lease.attempt.attempt)
        try run(
            """
            UPDATE attempts SET outcome = 3, ended_at = ?
            WHERE job = ? AND idx = ? AND attempt = ? AND worker = ? AND outcome IN (0, 3)
            """, [at.milliseconds, job, index, attempt, lease.worker.name])
        guard db.changesCount == 1 else {
            throw broken("the attempt was never given to \(lease.worker), or it has ended", lease.attempt)
        }
        try run(
            "UPDATE tasks SET leased_to = NULL WHERE job = ? AND idx = ? AND attempt = ? AND outcome = 0",
            [job, index, attempt])
    }

    // MARK: - Checkpoints

    mutating func store(_ checkpoint: Checkpoint, of lease: Lease, at: WallTime) throws {
        let (job, index) = try place(lease.attempt.task)
        let isOpen = try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT outcome = 0 FROM tasks WHERE job = ? AND idx = ? AND attempt >= ?"),
            arguments: [job, index, Int64(lease.attempt.attempt)])
        guard isOpen == true else {
            throw broken("a checkpoint of a task that has ended or never began", lease.attempt)
        }
        try run(
            """
            INSERT INTO checkpoints (job, idx, iteration, sha256, byte_count, stored_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, byte_count = excluded.byte_count,
                stored_at = excluded.stored_at
            """,
            [
                job, index, Int64(checkpoint.iteration), Data(checkpoint.digest.bytes), checkpoint.byteCount,
                at.milliseconds,
            ])
        try run(
            """
            DELETE FROM checkpoints WHERE job = ?1 AND idx = ?2 AND iteration NOT IN (
                SELECT iteration FROM checkpoints WHERE job = ?1 AND idx = ?2 ORDER BY iteration DESC LIMIT ?3)
            """, [job, index, Limits.checkpoints])
    }

    mutating func drop(_ digest: FarmModel.Digest, of task: TaskID) throws {
        let (job, index) = try place(task)
        try run(
            "DELETE FROM checkpoints WHERE job = ? AND idx = ? AND sha256 = ?", [job, index, Data(digest.bytes)])
    }

    // MARK: - Jobs

    func pause(_ job: JobID, _ isPaused: Bool) throws {
        try run("UPDATE jobs SET paused = ? WHERE id = ?", [isPaused, try number(job)])
        guard db.changesCount == 1 else { throw broken("no such job", job) }
    }

    func set(_ priority: Int32, of job: JobID) throws {
        try run("UPDATE jobs SET priority = ? WHERE id = ?", [priority, try number(job)])
        guard db.changesCount == 1 else { throw broken("no such job", job) }
    }

    /// The job failed as a whole: what has not ended is cancelled.
    func fail(_ job: JobID, _ reason: String, at: WallTime) throws {
        try cancel(job, at: at)
        try run("UPDATE jobs SET failure = ? WHERE id = ?", [reason, try number(job)])
    }

    // MARK: - Workers

    func block(_ worker: WorkerID, _ job: JobID, at: WallTime) throws {
        try run(
            "INSERT INTO worker_blocks (worker, job, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [worker.name, try number(job), at.milliseconds])
    }

    func forgive(_ worker: WorkerID, _ job: JobID?) throws {
        guard let job else { return try run("DELETE FROM worker_blocks WHERE worker = ?", [worker.name]) }
        try run("DELETE FROM worker_blocks WHERE worker = ? AND job = ?", [worker.name, try number(job)])
    }

    func drain(_ worker: WorkerID, _ mode: DrainMode, at: WallTime) throws {
        try run(
            """
            INSERT INTO worker_drains (worker, mode, since) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET mode = excluded.mode
            """, [worker.name, mode.rawValue, at.milliseconds])
    }

    func resume(_ worker: WorkerID) throws {
        try run("DELETE FROM worker_drains WHERE worker = ?", [worker.name])
    }
}
