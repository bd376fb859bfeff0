import ArgumentParser
import FarmModel

/// `atelier jobs`: how all jobs stand.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List the jobs of a farm.",
        discussion: """
            Ask a running coordinator at its client port, or name its state folder: that works whether or not the \
            coordinator runs.

              atelier jobs --farm ~/farm
              atelier jobs --state ~/farm --json
            """)

    @Flag(help: "List only jobs that have not ended.")
    var open = false

    @OptionGroup var farm: ControlFlags

    func run() async throws {
        let jobs = try await farm.withFarm { try await $0.jobs() }.filter { !open || !$0.isEnded }
        print(farm.json ? try JSONText.pretty(jobs.map(JobEntry.init)) : JobsCommand.text(jobs))
    }

    static func text(_ jobs: [JobStatus]) -> String {
        guard !jobs.isEmpty else { return "no jobs" }
        var table = TextTable(
            [
                ("JOB", .right), ("NAME", .left), ("STATE", .left), ("DONE", .right), ("RUN", .right),
                ("WAIT", .right), ("FAIL", .right), ("PRIO", .right),
            ], flexible: 1)
        for job in jobs {
            table.add(
                "\(job.job.number)", job.name, StatusText.state(of: job), "\(job.succeeded)/\(job.total)",
                "\(job.running)", "\(job.waiting)", "\(job.failed)", "\(job.priority)")
        }
        return table.text
    }
}
