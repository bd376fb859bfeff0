import ArgumentParser
import CoordinatorService
import FarmModel

/// Flags that say which farm is meant: a coordinator that runs, or the folder of one.
struct ControlFlags: ParsableArguments {
    @OptionGroup var farm: CoordinatorFlags

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
    func withFarm<Value>(_ body: (any AnsweringFarm) async throws -> Value) async throws -> Value {
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
    private func open() async throws -> any AnsweringFarm {
        if let state { return try await ControlFlags.open(folder: state) }
        let place = FarmPlace(farm.farm)
        if farm.connect == nil, !place.namesEndpoint, !place.isFile, place.exists {
            return try await ControlFlags.open(folder: place.path)
        }
        return try await CoordinatorClient.connect(to: try farm.address())
    }

    /// The coordinator that uses a state folder, or the folder itself if none does.
    private static func open(folder: String) async throws -> any AnsweringFarm {
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
