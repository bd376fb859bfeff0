import ArgumentParser
import FarmModel
import OrderedCollections

/// `atelier explain JOB/TASK`: why a task is where it is.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in one sentence why a task is where it is.",
        discussion: """
            --json gives the reason as a lasting word, and the numbers of the sentence by name.

              atelier explain hills/17 --farm ~/farm
            """)

    @Argument(help: ArgumentHelp("A task: job and place from 0, as in hills/17.", valueName: "job/task"))
    var task: String

    @OptionGroup var farm: ControlFlags

    /// An explanation in JSON.
    private struct Entry: Encodable {
        var task: String
        var state: String
        var reason: String
        var sentence: String
        var facts: [String: String]
    }

    func run() async throws {
        let named = try TaskReference(task)
        let told = try await farm.withFarm { farm in
            let job = try await named.job.resolve(on: farm).job
            let query = FarmQuery.explain(TaskID(job: job, index: named.index))
            guard case .explanation(let told) = try await farm.ask(.query(query)) else { throw UnexpectedReply() }
            return told
        }
        guard farm.json else { return print(told.sentence) }
        let facts = Dictionary(told.facts.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        print(
            try JSONText.pretty(
                Entry(
                    task: told.task.description, state: told.state.rawValue, reason: told.reason,
                    sentence: told.sentence, facts: facts)))
    }
}
