import ArgumentParser
import Checkpoints
import Foundation
import ModelStore

/// `atelier models add PATH`: a checkpoint that somebody has already.
struct ModelsAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Put a checkpoint of your own into the store.",
        discussion: """
            The file is opened and looked at first; what is neither a VQGAN nor a CLIP is refused. It is copied, never \
            linked or moved, so that whoever writes into the original later changes nothing in the store; on btrfs and \
            xfs the copy takes no space of its own. The configuration beside it (model.yaml, config.json or one of the \
            same stem) comes along.

              atelier models add last.ckpt --as forest --config project.yaml
            """)

    @Argument(help: ArgumentHelp("A checkpoint.", valueName: "path"))
    var path: String

    @Option(name: .customLong("as"), help: ArgumentHelp("Name for it; by default the file's.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Its configuration; by default what lies beside it.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("A CLIP's vocabulary; by default what the configuration names.", valueName: "file"))
    var vocabulary: String?

    @Option(help: "vqgan or clip, which must be what it is.")
    var kind: InstalledModel.Kind?

    @Option(help: "A CLIP's nonlinearity, quick_gelu or gelu; its weights do not tell.")
    var activation: InstalledModel.Activation?

    @Option(help: ArgumentHelp("Its licence, for the record.", valueName: "text"))
    var licence: String?

    @OptionGroup var flags: StoreFlags

    func run() throws {
        for (what, file) in [("path", path), ("--config", config), ("--vocabulary", vocabulary)] {
            if let file { try RegularFile.check(URL(fileURLWithPath: file).path, named: what) }
        }
        let weights = URL(fileURLWithPath: path).path
        let inspection: ModelInspection
        do { inspection = try ModelInspection(path: weights) } catch { throw UserError("\(error)") }
        guard let found = inspection.kind else {
            throw UserError("\(path): is neither a VQGAN nor a CLIP; see `atelier models inspect \(path)`")
        }
        if let kind, kind != found { throw UserError("--kind \(kind.rawValue): \(path) is a \(found.rawValue)") }
        if activation != nil, found != .clip { throw UserError("--activation: only a CLIP has one") }
        let name = name ?? ModelNames.name(forFile: path)
        let model = InstalledModel(
            name: name, kind: found, files: [], architecture: inspection.architecture, activation: activation,
            source: weights, licence: licence, wasVerified: false)
        var beside = ModelCompanions.beside(weights, kind: found)
        if let config {
            let path = URL(fileURLWithPath: config).path
            beside = found == .clip ? ModelCompanions(judge: path) : ModelCompanions(configuration: path)
        }
        if activation != nil, let told = beside.configuration {
            throw UserError("--activation: the configuration \(told) is to tell it; correct that, or move it away")
        }
        if let vocabulary { beside.vocabulary = URL(fileURLWithPath: vocabulary).path }
        if let activation, let stated = beside.activation(of: weights), stated != activation {
            throw UserError(
                "--activation \(activation.rawValue): \(beside.configuration ?? "its configuration") says "
                    + "\(stated.rawValue), and would win; correct it, or leave --activation out")
        }
        let installed = try install(
            model, try IncomingFile.files(weights: weights, companions: beside, kind: found))
        print("\(installed.name): \(installed.architecture), \(ByteCount.text(installed.byteCount))")
        for file in installed.files { print("  \(file.role.rawValue.padded(to: 14)) \(file.sha256)") }
    }

    private func install(_ model: InstalledModel, _ files: [IncomingFile]) throws -> InstalledModel {
        do {
            return try flags.store.install(model, files)
        } catch {
            let isInput = [.badName, .nameTaken].contains(error.reason)
            throw isInput ? UserError("\(error)") : error as any Error
        }
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
