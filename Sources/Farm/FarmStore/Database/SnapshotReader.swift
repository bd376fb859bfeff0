import FarmModel
import Foundation
import GRDB

/// Reads what a coordinator needs to go on.
struct SnapshotReader {
    let db: Database
    let path: String

    func snapshot() throws -> Snapshot {
        let epoch = try Int64.fetchOne(db, sql: "SELECT epoch FROM farm WHERE id = 1") ?? 0
        let jobs = try Row.fetchAll(db, sql: "SELECT id, spec, key, cancelled FROM jobs ORDER BY id").map { row in
            let id: Int64 = row[0]
            guard let key = Digest(Array(row[2] as Data)) else { throw damaged("key of job \(id)") }
            return Snapshot.StoredJob(
                id: JobID(UInt64(id)), spec: try StoredJobSpec.decode(row[1], at: "job \(id)"), key: key,
                isCancelled: row[3], tasks: try tasks(of: id))
        }
        return Snapshot(epoch: UInt64(epoch), jobs: jobs)
    }

    private func tasks(of job: Int64) throws -> [Snapshot.StoredTask] {
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM tasks WHERE job = ?", arguments: [job]) ?? 0
        var tasks: [Snapshot.StoredTask] = []
        tasks.reserveCapacity(count)
        let classes = Failure.Class.allCases
        let columns = classes.map(Schema.column(of:)).joined(separator: ", ")
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT idx, attempt, leased_to, outcome, succeeded_attempt, failure_class, failure_message, \(columns)
                FROM tasks WHERE job = ? ORDER BY idx
                """, arguments: [job])
        while let row = try rows.next() {
            let index: UInt32 = row[0]
            let lease: String? = row[2]
            let worker = lease.flatMap { WorkerID($0) }
            guard (worker == nil) == (lease == nil) else { throw damaged("worker of task \(job)/\(index)") }
            var failures: [Failure.Class: UInt32] = [:]
            for (offset, failureClass) in classes.enumerated() {
                let count: UInt32 = row[7 + offset]
                if count > 0 { failures[failureClass] = count }
            }
            tasks.append(
                Snapshot.StoredTask(
                    index: index, attempt: row[1], leasedTo: worker, outcome: try outcome(row, "\(job)/\(index)"),
                    failures: failures))
        }
        return tasks
    }

    private func outcome(_ row: Row, _ task: String) throws -> Snapshot.StoredTask.Outcome {
        switch Schema.TaskOutcome(rawValue: row[3]) {
        case .open: return .open
        case .succeeded: return .succeeded(attempt: row[4])
        case .failed:
            guard let failureClass = Failure.Class(rawValue: row[5]) else { throw damaged("failure of task \(task)") }
            return .failed(Failure(failureClass, row[6]))
        case nil: throw damaged("outcome of task \(task)")
        }
    }

    private func damaged(_ what: String) -> StoreError { .corruptDatabase("unreadable \(what)", at: path) }
}
