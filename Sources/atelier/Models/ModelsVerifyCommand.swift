import ArgumentParser
import ModelStore

/// `atelier models verify`: whether the store still holds what it says.
struct ModelsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read installed models again and compare their digests.",
        discussion: "Verifies all models, or those named. The exit code is 1 if one is damaged.")

    @Argument(help: ArgumentHelp("Installed models; by default all.", valueName: "name"))
    var names: [String] = []

    @OptionGroup var flags: StoreFlags

    func run() throws {
        let store = flags.store
        let models =
            names.isEmpty ? try store.models() : try names.map { try ModelNames.installed($0, in: store) }
        var damaged = 0
        for model in models {
            let flaws = try store.flaws(of: model)
            print("\(model.name): " + (flaws.isEmpty ? "sound" : "DAMAGED"))
            for flaw in flaws { print("  \(flaw)") }
            damaged += flaws.isEmpty ? 0 : 1
        }
        guard damaged > 0 else { return }
        print("\(damaged) of \(models.count) damaged; remove them and pull or add them again")
        throw ExitCode(1)
    }
}
