import ArgumentParser
import FarmModel

/// `atelier priority JOB N`: larger runs first.
struct PriorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "priority",
        abstract: "Change the priority of a job.",
        discussion: """
            Jobs of a larger number run first; 0 is ordinary. What runs is not interrupted.

              atelier priority hills 10 --farm ~/farm
              atelier priority hills --farm ~/farm -- -5
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @Argument(help: ArgumentHelp("A whole number.", valueName: "priority"))
    var priority: Int32

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(.setPriority(priority), on: job, saying: "has priority \(priority)")
    }
}
