import ArgumentParser
import FarmModel

/// `atelier cancel JOB`: ends what has not ended.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End what has not ended of a job.",
        discussion: """
            Results that are there stay, and so does the output folder. “atelier retry JOB” wants the rest after all.

              atelier cancel hills --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.cancel, on: job, saying: "is cancelled")
    }
}
