import FarmModel
import Foundation
import GRDB
import OrderedCollections

/// The blobs that a job names in its settings.
///
/// The farm does not know what settings mean; but whatever holds the 64 digits of a SHA-256 may name a blob, and a blob
/// that is kept without need does no harm.
enum JobBlobs {
    /// Notes what a job names.
    static func note(_ spec: JobSpec, of job: Int64, in db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO job_blobs (sha256, job) VALUES (?, ?) ON CONFLICT DO NOTHING")
        for digest in digests(in: spec) { try insert.execute(arguments: [Data(digest.bytes), job]) }
    }

    /// Notes what the jobs of an earlier version of the tables name.
    static func noteAll(in db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, spec FROM jobs") {
            let id: Int64 = row[0]
            try note(try StoredJobSpec.decode(row[1], at: "job \(id)"), of: id, in: db)
        }
    }

    /// Every SHA-256 that stands in a setting, sorted.
    static func digests(in spec: JobSpec) -> [FarmModel.Digest] {
        var found: Set<FarmModel.Digest> = []
        for step in spec.steps {
            for settings in [step.space.base] + step.space.axes.flatMap(\.values) {
                for value in settings.values { collect(value, &found) }
            }
        }
        return found.sorted()
    }

    private static func collect(_ value: SettingValue, _ found: inout Set<FarmModel.Digest>) {
        switch value {
        case .string(let text): collect(text, &found)
        case .list(let values): for value in values { collect(value, &found) }
        case .integer, .number, .boolean: break
        }
    }

    private static func collect(_ text: String, _ found: inout Set<FarmModel.Digest>) {
        guard text.utf8.count >= 64 else { return }
        for run in text.split(whereSeparator: { !$0.isHexDigit }) where run.utf8.count == 64 {
            if let digest = FarmModel.Digest(hex: run.lowercased()) { found.insert(digest) }
        }
    }
}
