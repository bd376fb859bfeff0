import ArgumentParser

/// What a farm does under faults, with real processes on loopback; ends by itself.
@main
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Runs a farm of real processes and does it harm.",
        subcommands: [SoakCommand.self, RestartCommand.self, QueueCommand.self],
        defaultSubcommand: SoakCommand.self)
}
