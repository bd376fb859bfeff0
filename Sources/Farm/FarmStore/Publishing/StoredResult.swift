public import FarmModel
import Foundation
import GRDB

/// A recorded result and where its files belong.
public struct StoredResult: Hashable, Sendable {
    /// A file of a result.
    public struct File: Hashable, Sendable {
        /// What the worker reported.
        public let artifact: Artifact
        /// Its name in the output; differs from the artifact's only if another task took that first.
        public let name: String

        /// Its path relative to the job's folder, such as `frames/0001-sky.png`.
        public var path: String { "\(artifact.kind.folder)/\(name)" }
    }

    /// Which attempt succeeded.
    public let attempt: TaskAttempt
    /// The job's name, which is its folder's.
    public let jobName: String
    /// Files, in the order reported.
    public let files: [File]
}

extension Artifact.Kind {
    /// The folder that such files are published in, inside the job's.
    public var folder: String {
        switch self {
        case .frame: "frames"
        case .losses: "losses"
        case .file: "files"
        }
    }
}

extension FarmStore {
    /// Results that are recorded but not yet published, by task; for replay at start.
    ///
    /// At most `limit` are listed; ask again with the last task as `after` for those that follow it.
    ///
    /// Throws `StoreError` if the database cannot be read.
    public func unpublished(after task: TaskID? = nil, limit: Int = StoreLimits.unpublishedPage) throws
        -> [StoredResult]
    {
        try read("cannot list what is to be published") { db in
            try StoredResult.fetch(
                db, "published = 0 AND (job, idx) > (?, ?)",
                [task.map { Int64(clamping: $0.job.number) } ?? -1, task.map { Int64($0.index) } ?? -1], limit)
        }
    }

    /// Notes in one transaction that the files of some results are in the output folder, durably.
    ///
    /// Repeating it is harmless. Throws `StoreError` with reason `ruleViolated` if one of them is not the attempt that
    /// succeeded; nothing is noted then.
    public func markPublished(_ attempts: [TaskAttempt]) throws {
        guard !attempts.isEmpty else { return }
        try write("cannot note a publication") { db in
            let note = try db.cachedStatement(
                sql: "UPDATE results SET published = 1 WHERE job = ? AND idx = ? AND attempt = ?")
            for attempt in attempts {
                try note.execute(
                    arguments: [
                        Int64(clamping: attempt.task.job.number), Int64(attempt.task.index), Int64(attempt.attempt),
                    ])
                guard db.changesCount == 1 else {
                    throw StoreError(
                        .ruleViolated, what: "no result is recorded for this attempt", at: "\(attempt)",
                        hint: "publish only what was recorded")
                }
            }
        }
    }

    /// How many recorded results of a job are not yet published.
    ///
    /// Throws `StoreError` if the database cannot be read.
    public func unpublishedCount(of job: JobID) throws -> Int {
        try read("cannot count what is to be published") { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM results WHERE published = 0 AND job = ?",
                arguments: [Int64(clamping: job.number)]) ?? 0
        }
    }
}

extension StoredResult {
    fileprivate static func fetch(
        _ db: Database, _ condition: String, _ arguments: StatementArguments, _ limit: Int
    ) throws -> [StoredResult] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT job, idx, attempt, (SELECT name FROM jobs WHERE id = job) FROM results
                WHERE \(condition) ORDER BY job, idx LIMIT ?
                """, arguments: arguments + [limit])
        return try rows.map { row in
            StoredResult(
                attempt: TaskAttempt(
                    task: TaskID(job: JobID(UInt64(row[0] as Int64)), index: row[1]), attempt: row[2]),
                jobName: row[3], files: try files(db, job: row[0], index: row[1]))
        }
    }

    static func files(_ db: Database, job: Int64, index: Int64) throws -> [File] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT name, kind, byte_count, sha256, published_name FROM artifacts
                WHERE job = ? AND idx = ? ORDER BY position
                """)
        return try Row.fetchAll(statement, arguments: [job, index]).map { row in
            guard let kind = Artifact.Kind(rawValue: row[1]), let digest = Digest(Array(row[3] as Data)) else {
                throw StoreError.corruptDatabase("unreadable file of task \(job)/\(index)", at: "artifacts")
            }
            return File(
                artifact: Artifact(name: row[0], kind: kind, byteCount: row[2], digest: digest), name: row[4])
        }
    }
}
