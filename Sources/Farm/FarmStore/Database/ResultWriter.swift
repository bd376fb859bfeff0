import FarmModel
import Foundation
import GRDB
import OrderedCollections

/// Writes the rows of one result and settles the names its files are published under.
struct ResultWriter {
    let db: Database
    let attempt: TaskAttempt
    let job: Int64
    let index: Int64

    func write(_ result: TaskResult) throws {
        try check(result)
        // Without a file there is nothing to publish.
        try run(
            "INSERT INTO results (job, idx, attempt, wall_ms, published) VALUES (?, ?, ?, ?, ?)",
            [job, index, Int64(attempt.attempt), result.wallMilliseconds, result.artifacts.isEmpty])
        for (position, artifact) in result.artifacts.enumerated() {
            try run(
                """
                INSERT INTO artifacts (job, idx, position, name, published_name, kind, byte_count, sha256)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    job, index, position, artifact.name, try freeName(for: artifact), artifact.kind.rawValue,
                    artifact.byteCount, Data(artifact.digest.bytes),
                ])
        }
        for (position, metric) in result.metrics.enumerated() {
            try run(
                "INSERT INTO metrics (job, idx, position, name, value) VALUES (?, ?, ?, ?, ?)",
                [job, index, position, metric.key, metric.value.isNaN ? nil : metric.value])
        }
        for (position, fact) in result.facts.enumerated() {
            try run(
                "INSERT INTO facts (job, idx, position, name, value) VALUES (?, ?, ?, ?, ?)",
                [job, index, position, fact.key, fact.value])
        }
    }

    private func check(_ result: TaskResult) throws {
        for artifact in result.artifacts {
            guard JobSpec.isFileName(artifact.name), artifact.name.utf8.count <= Limits.nameBytes else {
                throw broken("\"\(artifact.name)\" is no file name")
            }
            guard artifact.byteCount >= 0 else { throw broken("\(artifact.name) has \(artifact.byteCount) octets") }
        }
        guard result.artifacts.count <= Limits.artifacts else { throw broken("\(result.artifacts.count) files") }
        guard result.metrics.count <= Limits.summaryEntries, result.facts.count <= Limits.summaryEntries else {
            throw broken("\(result.metrics.count) metrics and \(result.facts.count) facts")
        }
        guard result.wallMilliseconds >= 0 else { throw broken("\(result.wallMilliseconds) ms of wall time") }
    }

    /// The file's own name, or with the task's number before it if another file of the job has that name.
    private func freeName(for artifact: Artifact) throws -> String {
        let taken = try db.cachedStatement(
            sql: "SELECT 1 FROM artifacts WHERE job = ? AND kind = ? AND published_name = ?")
        for number in 0...Limits.artifacts + 1 {
            let name =
                switch number {
                case 0: artifact.name
                case 1: "\(index)-\(artifact.name)"
                default: "\(index)-\(number)-\(artifact.name)"
                }
            if try Int.fetchOne(taken, arguments: [job, artifact.kind.rawValue, name]) == nil { return name }
        }
        throw broken("no free name for \(artifact.name)")
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func broken(_ what: String) -> StoreError {
        StoreError(.ruleViolated, what: what, at: "\(attempt)", hint: "nothing of this batch was recorded")
    }
}
