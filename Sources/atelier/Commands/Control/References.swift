import FarmModel
import Guidance

/// A job as people name it: by its number or by its name.
struct JobReference: Equatable {
    let text: String

    /// The job that is meant; throws `UserError` if there is none.
    func resolve(on farm: any FarmLine) async throws -> JobStatus {
        if let number = UInt64(text), case .status(let found) = try await farm.ask(.query(.job(JobID(number)))),
            let status = found.first
        {
            return status
        }
        guard case .status(let all) = try await farm.ask(.query(.jobs)) else { throw UnexpectedReply() }
        if let status = all.first(where: { $0.name == text }) { return status }
        let nearest = nearestName(to: text, among: all.map(\.name))
        throw UserError(
            "there is no job \"\(text)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
                + (all.isEmpty ? "; this farm has no jobs" : "; “atelier jobs” lists all"))
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
