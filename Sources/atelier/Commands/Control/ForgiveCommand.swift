import ArgumentParser
import FarmModel

/// `atelier forgive WORKER`: block lists forget it.
struct ForgiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forgive",
        abstract: "Take a worker from the block lists of all jobs.",
        discussion: """
            A worker on which tasks of a job failed again and again is given nothing more of that job for some hours.

              atelier forgive node-1 --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Name of a worker.", valueName: "worker"))
    var worker: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.forgive, to: worker, saying: "is forgiven")
    }
}
