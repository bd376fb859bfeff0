import ArgumentParser
import FarmModel

/// `atelier resume JOB`: ends a pause.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a paused job.",
        discussion: """
            atelier resume hills --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.resume, on: job, saying: "goes on")
    }
}
