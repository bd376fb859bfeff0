import ArgumentParser
import FarmModel

/// `atelier pause JOB`: nothing more is given out.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Give nothing more of a job to workers.",
        discussion: """
            What runs stores a checkpoint and comes back; “atelier resume JOB” goes on from there. Pausing twice changes \
            nothing.

              atelier pause hills --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.pause, on: job, saying: "is paused")
    }
}
