import ArgumentParser
import Foundation
import ModelStore

/// `atelier models list`: what is installed, and what could be.
struct ModelsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List installed and known published models.",
        discussion: """
            Installed models are marked by *. A ? stands where the publisher states no SHA-256: such a model is pulled \
            with --trust-first-use only, and its digest is recorded then.
            """)

    @OptionGroup var flags: StoreFlags

    @Flag(help: "List installed models only.")
    var installed = false

    @Flag(help: "Print everything known as JSON.")
    var json = false

    func run() throws {
        let rows = ModelRow.all(installed: try flags.store.models(), published: installed ? [] : Catalogue.models)
        print(json ? try JSONText.pretty(rows) : ModelsListCommand.text(rows, folder: flags.folder))
    }

    static func text(_ rows: [ModelRow], folder: String) -> String {
        let own = rows.filter(\.installed)
        let size = ByteCount.text(own.reduce(0) { $0 + ($1.bytes ?? 0) })
        var lines = ["\(own.count) installed in \(folder)" + (own.isEmpty ? "" : ", \(size)")]
        for (title, kind) in [("Painters (vqgan)", InstalledModel.Kind.vqgan), ("Judges (clip)", .clip)] {
            let group = rows.filter { $0.kind == kind }
            guard !group.isEmpty else { continue }
            lines += ["", title]
            let width = group.map(\.name.count).max() ?? 0
            for row in group {
                let mark = row.installed ? "*" : row.isPinned ? " " : "?"
                let name = row.name.padding(toLength: width, withPad: " ", startingAt: 0)
                let size = row.bytes.map(ByteCount.text) ?? "size ?"
                let padding = String(repeating: " ", count: max(0, 8 - size.count))
                var about = row.architecture
                if let activation = row.activation { about += ", \(activation.rawValue)" }
                if let licence = row.licence { about += "; licence \(licence)" }
                if let goodAt = row.goodAt { about = "\(goodAt). \(about)" }
                lines.append("\(mark) \(name) \(padding)\(size)")
                lines += TextTable.wrapped(about, indent: 4)
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// A model as it is listed.
struct ModelRow: Encodable {
    struct File: Encodable {
        var role: InstalledModel.File.Role
        var url: String?
        var path: String?
        var sha256: String?
        var bytes: Int64?
    }

    var name: String
    var kind: InstalledModel.Kind?
    var installed: Bool
    var architecture: String
    var bytes: Int64?
    var licence: String?
    var goodAt: String?
    var activation: InstalledModel.Activation?
    var source: String?
    var byHand: String?
    var isPinned: Bool
    var files: [File]

    /// The installed ones first, then the published ones that are not.
    static func all(installed: [InstalledModel], published: [PublishedModel]) -> [ModelRow] {
        let names = Set(installed.map(\.name))
        return installed.map { model in ModelRow(model, published.first { $0.name == model.name }) }
            + published.filter { !names.contains($0.name) }.map(ModelRow.init)
    }

    init(_ model: InstalledModel, _ published: PublishedModel?) {
        (name, kind, installed, architecture) = (model.name, model.kind, true, model.architecture)
        (bytes, licence, activation, source) = (model.byteCount, model.licence, model.activation, model.source)
        (goodAt, isPinned) = (published?.goodAt, true)
        files = model.files.map { File(role: $0.role, sha256: $0.sha256, bytes: $0.byteCount) }
    }

    init(_ model: PublishedModel) {
        (name, kind, installed, architecture) = (model.name, model.kind, false, model.architecture)
        (bytes, licence, goodAt) = (model.megabytes.map { Int64($0) * 1_000_000 }, model.licence, model.goodAt)
        (activation, byHand, isPinned) = (model.activation, model.byHand, model.isPinned && !model.files.isEmpty)
        files = model.files.map { File(role: $0.role, url: $0.url, sha256: $0.sha256) }
    }
}
