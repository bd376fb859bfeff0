import ArgumentParser
import FarmModel

/// `atelier drain WORKER`: it leaves, in one of four ways.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Give a worker nothing more, and let it leave.",
        discussion: """
            Modes: eventual finishes what runs; checkpointed stores a checkpoint of it and gives it back; expedited does so \
            within five seconds; immediate gives back at once. The drain holds until “atelier undrain”, also when the \
            worker comes back.

              atelier drain node-1 --mode checkpointed --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Name of a worker.", valueName: "worker"))
    var worker: String

    @Option(help: ArgumentHelp("eventual, checkpointed, expedited or immediate.", valueName: "mode"))
    var mode = DrainMode.eventual

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.drain(mode), to: worker, saying: "drains")
    }
}
