public import ArgumentParser
import Guidance
public import ModelStore

/// `atelier models`: the checkpoints of this user.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List, fetch, add, inspect, verify and remove models.",
        discussion: """
            Models live in a store where every file is named by its SHA-256; templates and flags name them by name:

              atelier models list
              atelier models pull openai-ViT-B-32
              atelier models add ~/Downloads/last.ckpt --as forest
              atelier render "a path through a forest" --vqgan forest --clip openai-ViT-B-32

            The store is the folder of --models, else of ATELIER_MODELS, else atelier/models in XDG_DATA_HOME \
            (~/.local/share). Nothing in a checkpoint is ever executed.
            """,
        subcommands: [
            ModelsListCommand.self, ModelsPullCommand.self, ModelsAddCommand.self, ModelsInspectCommand.self,
            ModelsVerifyCommand.self, ModelsRemoveCommand.self,
        ])
}

/// Where the store is.
struct StoreFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the model store; by default that of ATELIER_MODELS or the user's data.", valueName: "folder"))
    var models: String?

    /// The folder that is meant.
    var folder: String { models ?? ModelStore.defaultFolder }

    /// The store there.
    var store: ModelStore { ModelStore(folder: folder) }

    func validate() throws {
        if models?.isEmpty == true { throw ValidationError("--models: the name of a folder is missing") }
    }
}

extension InstalledModel.Kind: ExpressibleByArgument {}
extension InstalledModel.Activation: ExpressibleByArgument {}

/// Sizes for people.
enum ByteCount {
    /// As in `980 MB`, `4.1 GB` or `700 B`; thousands, as disks and publishers count.
    static func text(_ count: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(count)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let digits = unit == 0 || value >= 99.95 ? 0 : 1
        let scale = digits == 0 ? 1.0 : 10.0
        let rounded = (value * scale).rounded() / scale
        return (digits == 0 ? "\(Int(rounded))" : "\(rounded)") + " " + units[unit]
    }
}

/// Installed and known models by name, and what to say where there is none.
enum ModelNames {
    /// The installed model of a name; throws `UserError` with the nearest name there is.
    static func installed(_ name: String, in store: ModelStore) throws -> InstalledModel {
        if let model = try store.model(named: name) { return model }
        let names = try store.models().map(\.name)
        guard let nearest = nearestName(to: name, among: names) else {
            throw UserError("there is no model \"\(name)\" in \(store.folder): it is empty")
        }
        throw UserError("there is no model \"\(name)\" in \(store.folder); did you mean \"\(nearest)\"?")
    }

    /// A file's name without what a model's name cannot hold.
    static func name(forFile path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
        var name = ""
        for character in stem {
            let fits = character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
            name += fits ? String(character) : name.hasSuffix("-") ? "" : "-"
        }
        while let first = name.first, "-.".contains(first) { name.removeFirst() }
        while name.last == "-" { name.removeLast() }
        return String(name.prefix(ModelStore.nameCharacters))
    }
}
