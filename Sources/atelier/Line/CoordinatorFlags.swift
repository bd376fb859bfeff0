import ArgumentParser
import FarmKeys

/// How a command finds a farm and the keys for it.
struct CoordinatorFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "State folder of a coordinator on this machine, or an access file copied from there; by default that of ATELIER_FARM, or the coordinator's default.",
            valueName: "folder|file"))
    var farm: String?

    @Option(
        help: ArgumentHelp("Endpoint of the coordinator, if not the one in the access file.", valueName: "endpoint"))
    var connect: String?

    func validate() throws {
        if let connect, !connect.hasPrefix("tcp://") {
            throw ValidationError("--connect \(connect): an endpoint looks like tcp://host:port")
        }
        if farm?.isEmpty == true { throw ValidationError("--farm: the name of a folder or file is missing") }
    }

    /// Where the farm is and as whom to come; throws `UserError`.
    func address() throws -> CoordinatorAddress { try FarmPlace(farm).address(connect) }
}

/// Where clients reach a farm, and the keys to come with.
struct CoordinatorAddress {
    var endpoint: String
    var access: AccessFile
    /// The file that they come from.
    var file: String
}
