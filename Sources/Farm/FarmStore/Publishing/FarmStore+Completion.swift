public import FarmModel
import Foundation
import GRDB
import Synchronization

// Which ended jobs have all that belongs into their folders: a crash between the end of a job and its final manifest is
// found at the next start.
extension FarmStore {
    /// Jobs whose final manifest and gallery are in place.
    ///
    /// Throws `StoreError` if the database cannot be read.
    public func jobsWithCompleteOutputs() throws -> Set<JobID> {
        try read("cannot list complete jobs") { db in
            let ids = try Int64.fetchAll(db, sql: "SELECT id FROM jobs WHERE outputs_complete = 1")
            return Set(ids.map { JobID(UInt64($0)) })
        }
    }

    /// Says that the final manifest of a job is about to be written; `markOutputsComplete(of:)` has to follow.
    public func beginCompletion(of job: JobID) { _ = reopened.withLock { $0.remove(job) } }

    /// Notes that the folder of an ended job is complete; wanting a task again ends that.
    ///
    /// - Returns: whether it was noted: false if a task was wanted again since `beginCompletion(of:)`, since what was
    ///   written then is not final.
    /// - Throws: `StoreError` if the database fails.
    public func markOutputsComplete(of job: JobID) throws -> Bool {
        try write("cannot note a complete job") { db in
            // Commits wait meanwhile, so no task can be wanted between the question and the note.
            guard reopened.withLock({ !$0.contains(job) }) else { return false }
            try db.execute(
                sql: "UPDATE jobs SET outputs_complete = 1 WHERE id = ?", arguments: [Int64(clamping: job.number)])
            return true
        }
    }

    /// Whether a job was submitted under a client's key.
    ///
    /// Throws `StoreError` if the database cannot be read.
    public func knows(key: FarmModel.Digest) throws -> Bool {
        try read("cannot look for a key") { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM jobs WHERE key = ?)", arguments: [Data(key.bytes)])
                ?? false
        }
    }
}
