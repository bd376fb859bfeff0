import ArgumentParser
import Foundation

/// `atelier run TEMPLATE.yaml`: a sweep from a file, on a farm of this machine.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a sweep from a template on this machine.",
        discussion: """
            A template is YAML; only prompts is needed:

              name: hills
              prompts:
                - green hills under a blue sky
                - prompt: snowy mountains
                  iterations: 120
              seeds: [1, 2]
              settings: { size: [64, 64] }
              sweep:
                learning_rate: [0.05, 0.1]

            Tasks are prompts × sweep × seeds. Running the same template again goes on where it was.
            """)

    @Argument(help: ArgumentHelp("A template.", valueName: "template.yaml"))
    var template: String

    @OptionGroup(title: "Farm")
    var farm: LocalFarmFlags

    func run() async throws { try await LocalRun.run(try TemplateFile.read(template), farm) }
}
