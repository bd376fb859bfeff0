import ArgumentParser
import FarmModel

/// `atelier tasks JOB`: the tasks of a job.
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "List tasks of a job.",
        discussion: """
            A task is numbered by its place in the job, from 0, as index in the manifest. waiting covers blocked, ready \
            and resting tasks, running also offered ones. ITER is the last iteration heard of or checkpointed.

              atelier tasks hills --filter failed --state ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @Option(help: ArgumentHelp("all, waiting, running, succeeded, failed or cancelled.", valueName: "state"))
    var filter = TaskFilter.all

    @Option(help: ArgumentHelp("First place looked at.", valueName: "n"))
    var from: UInt32 = 0

    @Option(help: ArgumentHelp("Tasks listed at most.", valueName: "n"))
    var limit = 100

    @OptionGroup var farm: ControlFlags

    func validate() throws {
        try TaskPlaces.check([from], of: "--from")
        guard (1...FarmModel.Limits.tasks).contains(limit) else {
            throw ValidationError("--limit is \(limit); it lies in 1 ... \(FarmModel.Limits.tasks)")
        }
    }

    func run() async throws {
        let (status, tasks, isMore) = try await farm.withFarm { farm in
            let status = try await JobReference(text: job).resolve(on: farm)
            var (tasks, next) = ([TaskStatus](), UInt32?.some(from))
            while let place = next, tasks.count < limit {
                let wanted = UInt32(min(limit - tasks.count, FarmModel.Limits.taskPage))
                let query = FarmQuery.tasks(status.job, filter, TaskPageRequest(from: place, limit: wanted))
                guard case .tasks(let page) = try await farm.ask(.query(query)) else { throw UnexpectedReply() }
                tasks += page.tasks
                next = page.next
            }
            return (status, tasks, next != nil)
        }
        if farm.json { return print(try JSONText.pretty(tasks.map { TaskEntry($0, of: status.job) })) }
        print(TasksCommand.text(tasks, of: status.job))
        if isMore, let last = tasks.last { print("more: give --from \(last.index + 1) or a larger --limit") }
    }

    static func text(_ tasks: [TaskStatus], of job: JobID) -> String {
        guard !tasks.isEmpty else { return "no such tasks" }
        var table = TextTable(
            [
                ("TASK", .right), ("STATE", .left), ("WORKER", .left), ("ATTEMPTS", .right), ("FAILURES", .right),
                ("ITER", .right),
            ], flexible: 2)
        for task in tasks {
            table.add(
                "\(TaskID(job: job, index: task.index))", task.state.rawValue, task.worker?.name ?? "-",
                "\(task.attempts)", "\(task.failures)", "\(task.iteration)")
        }
        return table.text
    }
}
