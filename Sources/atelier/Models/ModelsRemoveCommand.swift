import ArgumentParser
import ModelStore

/// `atelier models remove NAME`: forgets a model.
struct ModelsRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove installed models; asks nothing.",
        discussion: "Files that another installed model needs stay.")

    @Argument(help: ArgumentHelp("Installed models.", valueName: "name"))
    var names: [String]

    @OptionGroup var flags: StoreFlags

    func run() throws {
        let store = flags.store
        // All names are checked before the first goes.
        for name in names { _ = try ModelNames.installed(name, in: store) }
        for name in names { print("\(name) removed, \(ByteCount.text(try store.remove(name))) freed") }
    }
}
