import ArgumentParser
import FarmModel

/// `atelier retry JOB`: failed and cancelled tasks are wanted after all.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Queue failed and cancelled tasks again.",
        discussion: """
            Their budgets of retries are full again. Without numbers of tasks all that failed or were cancelled are meant.

              atelier retry hills --farm ~/farm
              atelier retry hills 3 17 --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @Argument(help: ArgumentHelp("Places in the job, from 0.", valueName: "task"))
    var tasks: [UInt32] = []

    @Flag(help: "All failed and cancelled tasks, which is what happens without numbers as well.")
    var failed = false

    func validate() throws {
        guard !failed || tasks.isEmpty else { throw ValidationError("--failed means all: leave out the numbers") }
        guard tasks.count <= FarmModel.Limits.namedTasks else {
            throw ValidationError("\(tasks.count) tasks; name up to \(FarmModel.Limits.namedTasks)")
        }
        try TaskPlaces.check(tasks, of: "task")
    }

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        try await farm.command(
            tasks.isEmpty ? .retryFailed : .requeue(tasks), on: job,
            saying: tasks.isEmpty ? "is tried again" : "tries \(tasks.count) tasks again")
    }
}
