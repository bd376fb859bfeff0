import FarmModel
import Foundation
import GRDB

/// Reads what a coordinator needs to go on.
struct SnapshotReader {
    let db: Database
    let path: String

    func snapshot() throws -> Snapshot {
        let epoch = try Int64.fetchOne(db, sql: "SELECT epoch FROM farm WHERE id = 1") ?? 0
        let columns = "id, spec, key, cancelled, paused, priority, failure"
        let jobs = try Row.fetchAll(db, sql: "SELECT \(columns) FROM jobs ORDER BY id").map { row in
            let id: Int64 = row[0]
            guard let key = Digest(Array(row[2] as Data)) else { throw damaged("key of job \(id)") }
            let spec = try StoredJobSpec.decode(row[1], at: "job \(id)")
            return Snapshot.StoredJob(
                id: JobID(UInt64(id)), spec: spec, key: key,
                isCancelled: row[3], isPaused: row[4], priority: row[5], failure: row[6], tasks: try tasks(of: id, spec)
            )
        }
        return Snapshot(epoch: UInt64(epoch), jobs: jobs, blocks: try blocks(), drains: try drains())
    }

    private func blocks() throws -> [Snapshot.StoredBlock] {
        let sql = "SELECT worker, job, since FROM worker_blocks ORDER BY worker, job"
        return try Row.fetchAll(db, sql: sql).map { row in
            let job: Int64 = row[1]
            return Snapshot.StoredBlock(
                worker: try worker(row[0], "block"), job: JobID(UInt64(job)), since: WallTime(milliseconds: row[2]))
        }
    }

    private func drains() throws -> [Snapshot.StoredDrain] {
        try Row.fetchAll(db, sql: "SELECT worker, mode FROM worker_drains ORDER BY worker").map { row in
            guard let mode = DrainMode(rawValue: row[1]) else { throw damaged("drain of worker \(row[0] as String)") }
            return Snapshot.StoredDrain(worker: try worker(row[0], "drain"), mode: mode)
        }
    }

    private func worker(_ name: String, _ of: String) throws -> WorkerID {
        guard let worker = WorkerID(name) else { throw damaged("worker of a \(of)") }
        return worker
    }

    private func tasks(of job: Int64, _ spec: JobSpec) throws -> [Snapshot.StoredTask] {
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM tasks WHERE job = ?", arguments: [job]) ?? 0
        var tasks: [Snapshot.StoredTask] = []
        tasks.reserveCapacity(count)
        let (checkpoints, blamed) = (try checkpoints(of: job), try blamedWorkers(of: job))
        let classes = Failure.Class.allCases
        let columns = classes.map(Schema.column(of:)).joined(separator: ", ")
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT idx, attempt, leased_to, outcome, succeeded_attempt, failure_class, failure_message, crashes,
                    failure_cause, \(columns)
                FROM tasks WHERE job = ? ORDER BY idx
                """, arguments: [job])
        while let row = try rows.next() {
            let index: UInt32 = row[0]
            let lease: String? = row[2]
            let worker = lease.flatMap { WorkerID($0) }
            guard (worker == nil) == (lease == nil) else { throw damaged("worker of task \(job)/\(index)") }
            var failures: [Failure.Class: UInt32] = [:]
            for (offset, failureClass) in classes.enumerated() {
                let count: UInt32 = row[9 + offset]
                if count > 0 { failures[failureClass] = count }
            }
            tasks.append(
                Snapshot.StoredTask(
                    index: index, attempt: row[1], leasedTo: worker, outcome: try outcome(row, "\(job)/\(index)"),
                    failures: failures, crashes: row[7], failedOn: blamed[index] ?? [],
                    checkpoints: checkpoints[index] ?? []))
        }
        guard spec.steps.contains(where: \.isChain) else { return tasks }
        for (place, task) in tasks.enumerated().reversed() where isChainEnd(task, tasks[(place + 1)...], spec) {
            tasks[place].artifacts = try artifacts(of: job, task.index)
        }
        return tasks
    }

    /// Whether a task is the last of a chain that has succeeded: the next one wants its files.
    private func isChainEnd(
        _ task: Snapshot.StoredTask, _ later: ArraySlice<Snapshot.StoredTask>, _ spec: JobSpec
    ) -> Bool {
        guard case .succeeded = task.outcome, let (step, offset) = spec.locate(task.index),
            spec.steps[step].isChain, offset + 1 < spec.steps[step].space.count
        else { return false }
        guard let next = later.first, next.index == task.index + 1, case .succeeded = next.outcome else { return true }
        return false
    }

    private func artifacts(of job: Int64, _ index: UInt32) throws -> [Artifact] {
        let sql = "SELECT name, kind, byte_count, sha256 FROM artifacts WHERE job = ? AND idx = ? ORDER BY position"
        return try Row.fetchAll(db, sql: sql, arguments: [job, index]).map { row in
            guard let kind = Artifact.Kind(rawValue: row[1]), let digest = FarmModel.Digest(Array(row[3] as Data))
            else { throw damaged("file of task \(job)/\(index)") }
            return Artifact(name: row[0], kind: kind, byteCount: row[2], digest: digest)
        }
    }

    /// Checkpoints by task, the newest first.
    private func checkpoints(of job: Int64) throws -> [UInt32: [Checkpoint]] {
        var found: [UInt32: [Checkpoint]] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT idx, iteration, sha256, byte_count FROM checkpoints WHERE job = ? ORDER BY idx, iteration DESC
                """, arguments: [job])
        while let row = try rows.next() {
            let index: UInt32 = row[0]
            guard let digest = FarmModel.Digest(Array(row[2] as Data)) else {
                throw damaged("checkpoint of task \(job)/\(index)")
            }
            found[index, default: []].append(Checkpoint(iteration: row[1], digest: digest, byteCount: row[3]))
        }
        return found
    }

    /// Workers on which tasks failed, by task.
    private func blamedWorkers(of job: Int64) throws -> [UInt32: [WorkerID]] {
        var found: [UInt32: [WorkerID]] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT idx, worker FROM failed_on WHERE job = ? ORDER BY idx, worker", arguments: [job])
        while let row = try rows.next() { found[row[0], default: []].append(try worker(row[1], "failure")) }
        return found
    }

    private func outcome(_ row: Row, _ task: String) throws -> Snapshot.StoredTask.Outcome {
        switch Schema.TaskOutcome(rawValue: row[3]) {
        case .open: return .open
        case .succeeded: return .succeeded(attempt: row[4])
        case .failed:
            guard let failureClass = Failure.Class(rawValue: row[5]) else { throw damaged("failure of task \(task)") }
            let stored: String? = row[8]
            let cause = stored.flatMap { Failure.Cause($0) }
            guard (cause == nil) == (stored == nil) else { throw damaged("cause of the failure of task \(task)") }
            return .failed(Failure(failureClass, row[6], cause: cause))
        case nil: throw damaged("outcome of task \(task)")
        }
    }

    private func damaged(_ what: String) -> StoreError { .corruptDatabase("unreadable \(what)", at: path) }
}
