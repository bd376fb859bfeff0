import ArgumentParser
import FarmModel

/// `atelier resume JOB`: ends a pause.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a paused job.",
        discussion: """
            atelier resume hills --connect tcp://127.0.0.1:7403
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @OptionGroup var farm: FarmAccess

    func run() async throws {
        try await farm.command(.resume, on: job, saying: "goes on")
    }
}
