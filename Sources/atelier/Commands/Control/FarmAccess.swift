import ArgumentParser
import CoordinatorService
import FarmModel
import Foundation

/// Flags that say which farm is meant: a coordinator that runs, or the folder of one.
struct FarmAccess: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Client endpoint of the coordinator; by default that of ATELIER_FARM.", valueName: "endpoint"))
    var connect: String?

    @Option(
        help: ArgumentHelp(
            "State folder of the coordinator: asks it if it runs, else reads and changes the folder itself.",
            valueName: "folder"))
    var state: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// The variable that names an endpoint or a state folder.
    static let variable = "ATELIER_FARM"

    func validate() throws {
        guard connect == nil || state == nil else {
            throw ValidationError("--connect and --state: give one of them")
        }
        if let connect, !connect.hasPrefix("tcp://") {
            throw ValidationError("--connect \(connect): an endpoint looks like tcp://host:port")
        }
    }

    /// Asks one question; throws `UserError` if nobody answers, or with the reason of a refusal.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        try await withFarm { farm in try await farm.ask(message) }
    }

    /// Opens the farm for a few questions.
    func withFarm<Value>(_ body: (any FarmLine) async throws -> Value) async throws -> Value {
        let farm = try await open(ProcessInfo.processInfo.environment)
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
    private func open(_ environment: [String: String]) async throws -> any FarmLine {
        if let connect { return try await CoordinatorClient.connect(to: connect) }
        if let state { return try await FarmAccess.open(folder: state) }
        guard let named = environment[FarmAccess.variable], !named.isEmpty else {
            throw UserError(
                "which farm? Give --connect tcp://host:7403 or --state FOLDER, or set \(FarmAccess.variable)")
        }
        return named.hasPrefix("tcp://")
            ? try await CoordinatorClient.connect(to: named) : try await FarmAccess.open(folder: named)
    }

    /// The coordinator that uses a state folder, or the folder itself if none does.
    private static func open(folder: String) async throws -> any FarmLine {
        do {
            return try StoredFarm(folder: folder)
        } catch let error as StoredFarm.InUse {
            guard let endpoint = error.clients else { throw UserError("\(error)") }
            return try await CoordinatorClient.connect(to: endpoint)
        } catch {
            throw UserError("--state \(folder): \(error)")
        }
    }
}

/// Somebody who answers a client: a coordinator, or the folder of one.
protocol FarmLine: AnyObject {
    /// Asks and waits for the answer; throws `UserError` if it is a refusal or none comes.
    func ask(_ message: ClientMessage) async throws -> ClientReply
    /// Ends the dialogue.
    func close() async
}

extension StoredFarm: FarmLine {
    /// Answers from the folder, and records what the answer rests on.
    func ask(_ message: ClientMessage) async throws -> ClientReply {
        let reply: ClientReply
        do { reply = try answer(message) } catch { throw UserError("\(error)") }
        if case .refused(let reason) = reply { throw UserError(reason) }
        return reply
    }
}

/// An answer of another kind than the question asks for.
struct UnexpectedReply: Error, CustomStringConvertible {
    var description: String { "the coordinator answered something else than was asked; is it of another version?" }
}
