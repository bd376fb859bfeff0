import FarmModel
import Foundation
import GRDB

/// Reads the database of a coordinator that has ended, without the code that wrote it: every task recorded once.
struct RecordCheck {
    let state: String

    /// A file that was recorded.
    struct Artifact: Hashable {
        var path: String
        var digest: String
        var size: Int64
    }

    /// What was found.
    struct Findings {
        var jobNames: [JobID: String] = [:]
        /// Recorded files of each job.
        var artifacts: [String: [Artifact]] = [:]
        /// Digests that the store still needs.
        var blobs: Set<String> = []
        var tasks = 0
        var attempts = 0
        var notes: [String: Int] = [:]
        var violations: [String] = []
    }

    func run(_ orders: [Customer.Order]) throws -> Findings {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: state + "/farm.sqlite", configuration: configuration)
        return try queue.read { db in
            var findings = Findings()
            for row in try Row.fetchAll(db, sql: "SELECT id, name FROM jobs") {
                findings.jobNames[JobID(UInt64(row["id"] as Int64))] = row["name"]
            }
            if findings.jobNames.count != orders.count {
                findings.violations.append("\(orders.count) jobs were ordered, \(findings.jobNames.count) are recorded")
            }
            for order in orders { try check(order, db, &findings) }
            try checkWhole(db, &findings)
            return findings
        }
    }

    private func check(_ order: Customer.Order, _ db: Database, _ findings: inout Findings) throws {
        let name = order.spec.name
        guard let job = order.job, findings.jobNames[job] == name else {
            findings.violations.append("\(name): not recorded under the number that was promised")
            return
        }
        let id = Int64(job.number)
        let total = order.spec.taskCount
        findings.tasks += total
        let recorded = try Int.fetchAll(db, sql: "SELECT idx FROM results WHERE job = ? ORDER BY idx", arguments: [id])
        if Set(recorded).count != recorded.count || recorded.contains(where: { $0 >= total }) {
            findings.violations.append("\(name): results \(recorded) for \(total) tasks")
        }
        if !order.isCancelled, recorded != Array(0..<total) {
            let missing = Set(0..<total).subtracting(recorded).sorted()
            findings.violations.append("\(name): \(recorded.count) of \(total) tasks are recorded; not \(missing)")
        }
        let twice = try Int.fetchAll(
            db, sql: "SELECT idx FROM attempts WHERE job = ? AND outcome = 1 GROUP BY idx HAVING count(*) > 1",
            arguments: [id])
        if !twice.isEmpty { findings.violations.append("\(name): tasks \(twice) succeeded twice") }
        findings.artifacts[name] = try Row.fetchAll(
            db, sql: "SELECT kind, published_name, byte_count, sha256 FROM artifacts WHERE job = ?", arguments: [id]
        ).map { row in
            let kind: String = row["kind"]
            let folder = ["frame": "frames", "losses": "losses"][kind] ?? "files"
            let digest = (row["sha256"] as Data).map { String(format: "%02x", $0) }.joined()
            return Artifact(
                path: "\(folder)/\(row["published_name"] as String)", digest: digest, size: row["byte_count"])
        }
        findings.blobs.formUnion(findings.artifacts[name, default: []].map(\.digest))
    }

    private func checkWhole(_ db: Database, _ findings: inout Findings) throws {
        func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
        findings.attempts = try count("SELECT count(*) FROM attempts")
        let open = try count("SELECT count(*) FROM attempts WHERE outcome = 0")
        if open > 0 { findings.violations.append("\(open) attempts are still open in the database") }
        let leased = try count("SELECT count(*) FROM tasks WHERE leased_to IS NOT NULL")
        if leased > 0 { findings.violations.append("\(leased) tasks are still leased in the database") }
        let unpublished = try count("SELECT count(*) FROM results WHERE published = 0")
        if unpublished > 0 { findings.violations.append("\(unpublished) results were never published") }
        for row in try Row.fetchAll(
            db, sql: "SELECT failure_class, count(*) AS n FROM attempts WHERE outcome = 2 GROUP BY failure_class")
        { findings.notes["attempts that failed: \(row["failure_class"] as String)"] = row["n"] }
        findings.notes["attempts that were dropped"] = try count("SELECT count(*) FROM attempts WHERE outcome = 3")
    }
}
