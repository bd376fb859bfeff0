import ArgumentParser
import CoordinatorService
import FarmModel
import Foundation

/// Flags that say which farm is meant: a coordinator that runs, or the folder of one.
struct FarmAccess: ParsableArguments {
    @OptionGroup var farm: FarmAccessFlags

    @Option(
        help: ArgumentHelp(
            "State folder of the coordinator: asks it if it runs, else reads and changes the folder itself.",
            valueName: "folder"))
    var state: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard state == nil || farm.connect == nil && farm.farm == nil else {
            throw ValidationError("--state says which farm is meant: give it without --farm and --connect")
        }
    }

    /// Asks one question; throws `UserError` if nobody answers, or with the reason of a refusal.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        try await withFarm { farm in try await farm.ask(message) }
    }

    /// Opens the farm for a few questions.
    func withFarm<Value>(_ body: (any FarmLine) async throws -> Value) async throws -> Value {
        let farm = try await open()
        do {
            let value = try await body(farm)
            await farm.close()
            return value
        } catch {
            await farm.close()
            throw error
        }
    }

    /// The farm that the flags or the environment name.
    private func open() async throws -> any FarmLine {
        if let state { return try await FarmAccess.open(folder: state) }
        let place = FarmPlace(farm.farm)
        if farm.connect == nil, !place.namesEndpoint, !place.isFile, place.exists {
            return try await FarmAccess.open(folder: place.path)
        }
        return try await CoordinatorClient.connect(to: try farm.address())
    }

    /// The coordinator that uses a state folder, or the folder itself if none does.
    private static func open(folder: String) async throws -> any FarmLine {
        do {
            return try StoredFarm(folder: folder)
        } catch let error as StoredFarm.InUse {
            guard let endpoint = error.clients else { throw UserError("\(error)") }
            return try await CoordinatorClient.connect(to: try FarmPlace(folder).address(endpoint))
        } catch let error as UserError {
            throw error
        } catch {
            throw UserError("--state \(folder): \(error)")
        }
    }
}

/// Somebody who answers a client: a coordinator, or the folder of one.
protocol FarmLine: AnyObject {
    /// Asks and waits for the answer, which may be a refusal; throws a one-line error if none comes.
    func reply(to message: ClientMessage) async throws -> ClientReply
    /// Ends the dialogue.
    func close() async
}

extension FarmLine {
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

extension StoredFarm: FarmLine {
    /// Answers from the folder, and records what the answer rests on.
    func reply(to message: ClientMessage) async throws -> ClientReply {
        do { return try answer(message) } catch { throw UserError("\(error)") }
    }
}

/// An answer of another kind than the question asks for.
struct UnexpectedReply: Error, CustomStringConvertible {
    var description: String { "the coordinator answered something else than was asked; is it of another version?" }
}
