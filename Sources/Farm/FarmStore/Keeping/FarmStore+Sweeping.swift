public import FarmModel
import Foundation
import GRDB
import Synchronization

/// What of the blobs is kept, and for how long.
public struct KeepingRules: Hashable, Sendable {
    /// Seconds for which a blob that nothing recorded names is kept: it may be on its way to be named.
    public var graceSeconds: Int64
    /// Seconds for which results are kept that came too late and differ from the recorded one.
    public var quarantineSeconds: Int64

    /// Makes rules; by default six hours and three days.
    public init(graceSeconds: Int64 = 6 * 3_600, quarantineSeconds: Int64 = 72 * 3_600) {
        self.graceSeconds = graceSeconds
        self.quarantineSeconds = quarantineSeconds
    }
}

/// What a sweep found and did.
public struct SweepReport: Hashable, Sendable {
    /// Blobs that stay, and their octets.
    public var kept = 0
    /// Octets of blobs that stay.
    public var keptBytes: Int64 = 0
    /// Blobs that nothing named.
    public var deleted = 0
    /// Octets of blobs that were deleted.
    public var deletedBytes: Int64 = 0
    /// Uploads that nobody went on with.
    public var uploads = 0
    /// Damaged blobs that had been set aside for long enough.
    public var damaged = 0
    /// Blobs that only ended jobs named, deleted because the quota was used up.
    public var evicted = 0
}

// A blob is needed while something recorded names it: a result, a checkpoint, a job that reads it, or the quarantine.
extension FarmStore {
    /// Deletes blobs that nothing names and that nobody has spoken of for a while; then, if the quota is used up, those
    /// that only ended jobs name and no output folder shares, the longest untouched first.
    ///
    /// One shelf of blobs is looked at at a time, so memory does not grow with their number.
    ///
    /// - Parameters:
    ///   - wall: the present.
    ///   - rules: what is kept.
    ///   - mayGoOn: asked now and then; false ends the sweep early.
    /// - Returns: what was found and done.
    /// - Throws: `StoreError` if something cannot be read or deleted; sweeping again goes on.
    @discardableResult
    public func sweep(
        at wall: WallTime, rules: KeepingRules = KeepingRules(), while mayGoOn: () -> Bool = { true }
    ) throws -> SweepReport {
        try releaseQuarantine(before: wall.milliseconds - 1_000 * rules.quarantineSeconds)
        var report = SweepReport()
        report.damaged = try blobs.sweepDamaged(before: wall.milliseconds / 1_000 - rules.quarantineSeconds)
        report.uploads = try blobs.uploads.withLock {
            try $0.expire(olderThan: blobs.configuration.partialLifetimeSeconds)
        }
        let before = wall.milliseconds / 1_000 - rules.graceSeconds
        var counted: Int64?
        blobs.usage.withLock { $0.beginCount() }
        defer { blobs.usage.withLock { $0.endCount(counted) } }
        for shelf in try blobs.shelves() {
            guard mayGoOn() else { return report }
            let needed = try needed(on: shelf, endedJobs: true)
            let resting = try blobs.blobs(on: shelf)
            blobs.usage.withLock { $0.met(resting.map(\.digest)) }
            for blob in resting {
                if !needed.contains(blob.digest), blob.touched < before, try blobs.remove(blob) {
                    report.deleted += 1
                    report.deletedBytes += blob.size
                    FailPoint.midSweep.pass()
                } else {
                    report.kept += 1
                    report.keptBytes += blob.size
                }
            }
        }
        counted = report.keptBytes
        blobs.usage.withLock { $0.endCount(counted) }
        counted = nil
        try evict(&report, while: mayGoOn)
        return report
    }

    /// Keeps a result that came after another of its task was recorded, if it differs: one of two workers is wrong.
    ///
    /// - Returns: whether it differs from what is recorded.
    /// - Throws: `StoreError` if the database fails.
    @discardableResult
    public func quarantine(_ attempt: TaskAttempt, _ result: TaskResult, at wall: WallTime) throws -> Bool {
        try write("cannot keep a differing result") { db in
            let (job, index) = (Int64(clamping: attempt.task.job.number), Int64(attempt.task.index))
            let worker = try String.fetchOne(
                db, sql: "SELECT worker FROM attempts WHERE job = ? AND idx = ? AND attempt = ?",
                arguments: [job, index, Int64(attempt.attempt)])
            let recorded = try StoredResult.files(db, job: job, index: index).map(\.artifact)
            let differing = result.artifacts.filter { file in
                // A curve or a picture that only one of them has is a difference, too.
                !recorded.contains { $0.kind == file.kind && $0.digest == file.digest }
            }
            guard !recorded.isEmpty, !differing.isEmpty else { return false }
            let note = try db.cachedStatement(
                sql: """
                    INSERT INTO quarantine (sha256, job, idx, attempt, worker, name, byte_count, since)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """)
            for file in differing.prefix(Limits.artifacts) {
                try note.execute(
                    arguments: [
                        Data(file.digest.bytes), job, index, Int64(attempt.attempt), worker ?? "", file.name,
                        file.byteCount, wall.milliseconds,
                    ])
            }
            return true
        }
    }

    private func releaseQuarantine(before milliseconds: Int64) throws {
        try write("cannot end a quarantine") { db in
            try db.execute(sql: "DELETE FROM quarantine WHERE since < ?", arguments: [milliseconds])
        }
    }

    /// Digests of one shelf that something recorded names.
    private func needed(on shelf: String, endedJobs: Bool) throws -> Set<FarmModel.Digest> {
        try read("cannot list what is needed") { db in
            let (low, high) = Shelf.bounds(of: shelf)
            let ended = endedJobs ? "" : " AND job NOT IN (\(Shelf.endedJobs))"
            // A result that is not in its folder yet is needed, however its job stands.
            let results =
                endedJobs
                ? ""
                : """
                 AND (job NOT IN (\(Shelf.endedJobs)) OR EXISTS (SELECT 1 FROM results r
                    WHERE r.job = artifacts.job AND r.idx = artifacts.idx AND r.published = 0))
                """
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT sha256 FROM artifacts WHERE sha256 BETWEEN ?1 AND ?2\(results)
                    UNION SELECT sha256 FROM job_blobs WHERE sha256 BETWEEN ?1 AND ?2\(ended)
                    UNION SELECT sha256 FROM checkpoints WHERE sha256 BETWEEN ?1 AND ?2
                    UNION SELECT sha256 FROM quarantine WHERE sha256 BETWEEN ?1 AND ?2
                    """, arguments: [low, high])
            var found: Set<FarmModel.Digest> = []
            while let row = try rows.next() {
                if let digest = FarmModel.Digest(Array(row[0] as Data)) { found.insert(digest) }
            }
            return found
        }
    }

    private func evict(_ report: inout SweepReport, while mayGoOn: () -> Bool) throws {
        guard let quota = blobs.configuration.quotaBytes, blobs.usedBytes > quota else { return }
        var candidates: [BlobStore.Resting] = []
        for shelf in try blobs.shelves() where mayGoOn() {
            let needed = try needed(on: shelf, endedJobs: false)
            candidates += try blobs.blobs(on: shelf).filter { !needed.contains($0.digest) && !$0.isLinked }
        }
        for blob in candidates.sorted(by: { ($0.touched, $0.digest) < ($1.touched, $1.digest) }) {
            guard blobs.usedBytes > quota, mayGoOn() else { return }
            guard try blobs.remove(blob) else { continue }
            report.evicted += 1
            report.kept -= 1
            report.keptBytes -= blob.size
        }
    }
}

/// A shelf of blobs as the database sees it.
private enum Shelf {
    /// The least and the greatest digest that begin with two digits.
    static func bounds(of shelf: String) -> (low: Data, high: Data) {
        let first = UInt8(shelf, radix: 16) ?? 0
        return (
            Data([first] + [UInt8](repeating: 0, count: 31)), Data([first] + [UInt8](repeating: 255, count: 31))
        )
    }

    /// Jobs of which nothing will be executed, unless somebody wants it again.
    ///
    /// Counting ended tasks would not do: one that can never begin has no row.
    static let endedJobs = "SELECT id FROM jobs WHERE cancelled = 1 OR outputs_complete = 1"
}
