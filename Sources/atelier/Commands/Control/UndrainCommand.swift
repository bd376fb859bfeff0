import ArgumentParser
import FarmModel

/// `atelier undrain WORKER`: ends a drain.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Give a drained worker work again.",
        discussion: """
            atelier undrain node-1 --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Name of a worker.", valueName: "worker"))
    var worker: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.resume, to: worker, saying: "takes work again")
    }
}
