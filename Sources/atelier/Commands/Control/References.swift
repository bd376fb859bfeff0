import FarmModel
import Guidance

/// A job as people name it: by its number or by its name.
struct JobReference: Equatable {
    let text: String

    /// The job that is meant; where a number is the name of another job, the number counts.
    ///
    /// Throws `UserError` if there is none.
    func resolve(on farm: any AnsweringFarm) async throws -> JobStatus {
        for query in queries {
            if case .status(let found) = try await farm.reply(to: .query(query)), let status = found.first {
                return status
            }
        }
        let names = try await farm.jobs().map(\.name)
        let nearest = nearestName(to: text, among: names)
        throw UserError(
            "there is no job \"\(text)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
                + (names.isEmpty ? "; this farm has no jobs" : "; “atelier jobs” lists all"))
    }

    /// What the text may mean, the likelier first.
    var queries: [FarmQuery] {
        var queries: [FarmQuery] = []
        if let number = UInt64(text), number > 0 { queries.append(.job(JobID(number))) }
        if JobSpec.isFileName(text), text.utf8.count <= FarmModel.Limits.nameBytes { queries.append(.jobNamed(text)) }
        return queries
    }
}

/// A task as people name it: `JOB/TASK`, where the task is its place in the job, from 0.
struct TaskReference: Equatable {
    let job: JobReference
    let index: UInt32

    /// Reads `3/17` or `hills/17`; throws `UserError`.
    init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let index = UInt32(parts[1]) else {
            throw UserError("\"\(text)\" names no task; write JOB/TASK, as in 3/17 or hills/17")
        }
        job = JobReference(text: String(parts[0]))
        self.index = index
    }
}

extension WorkerID {
    /// Reads a worker's name; throws `UserError`.
    static func named(_ text: String) throws -> WorkerID {
        guard let worker = WorkerID(text) else {
            throw UserError("\"\(text)\" is no worker's name; “atelier workers” lists those there are")
        }
        return worker
    }
}
