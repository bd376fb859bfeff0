import ArgumentParser
import FarmModel

/// `atelier job JOB`: how one job stands.
struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Show one job.",
        discussion: """
            A job is named by its number or its name. The exit code is 0 whatever its state; --json gives all counts.

              atelier job hills --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("Number or name of a job.", valueName: "job"))
    var job: String

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        let status = try await farm.withFarm { try await JobReference(text: job).resolve(on: $0) }
        print(farm.json ? try JSONText.pretty(JobEntry(status)) : JobShowCommand.text(status))
    }

    static func text(_ job: JobStatus) -> String {
        var lines = ["\(job.job) \"\(job.name)\": \(StatusText.state(of: job))"]
        if let failure = job.failure { lines.append("  why        \(failure)") }
        lines += [
            "  tasks      \(job.total)", "  done       \(job.succeeded)", "  running    \(job.running)",
            "  waiting    \(job.waiting)", "  failed     \(job.failed)", "  cancelled  \(job.cancelled)",
            "  priority   \(job.priority)",
        ]
        if !job.submitter.isEmpty { lines.append("  submitter  \(job.submitter)") }
        return lines.joined(separator: "\n")
    }
}
