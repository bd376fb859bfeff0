import CoordinatorService
import FarmModel

/// Somebody who answers a client: a coordinator, or the folder of one.
protocol AnsweringFarm: AnyObject {
    /// Asks and waits for the answer, which may be a refusal; throws a one-line error if none comes.
    func reply(to message: ClientMessage) async throws -> ClientReply
    /// Ends the dialogue.
    func close() async
}

extension AnsweringFarm {
    /// Asks and waits for the answer; throws `UserError` if it is a refusal, a one-line error if none comes.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        let reply = try await reply(to: message)
        if case .refused(let reason) = reply { throw UserError("the coordinator refuses: \(reason)") }
        return reply
    }

    /// How all jobs stand, asked for page by page.
    func jobs() async throws -> [JobStatus] {
        var jobs: [JobStatus] = []
        while true {
            let query = jobs.last.map { FarmQuery.jobsAfter($0.job) } ?? .jobs
            guard case .status(let page) = try await ask(.query(query)) else { throw UnexpectedReply() }
            // A coordinator that does not know of pages gives the first one every time.
            guard let first = page.first, jobs.last.map({ $0.job < first.job }) ?? true else { return jobs }
            jobs += page
        }
    }
}

extension StoredFarm: AnsweringFarm {
    /// Answers from the folder, and records what the answer rests on.
    func reply(to message: ClientMessage) async throws -> ClientReply {
        do { return try answer(message) } catch { throw UserError("\(error)") }
    }
}

/// An answer of another kind than the question asks for.
struct UnexpectedReply: Error, CustomStringConvertible {
    var description: String { "the coordinator answered something else than was asked; is it of another version?" }
}
