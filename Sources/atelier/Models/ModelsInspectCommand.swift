import ArgumentParser
import Foundation
import ModelStore
import TensorCPU

/// `atelier models inspect PATH`: what a checkpoint holds.
struct ModelsInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a checkpoint holds: format, architecture, tensors, anything odd.",
        discussion: """
            Takes a file, or the name of an installed model. The model is loaded once to see whether a tensor is \
            missing or misshapen, and every value is looked at; --quick leaves both out. The exit code is 1 if it \
            could not be used for rendering.
            """)

    @Argument(help: ArgumentHelp("A checkpoint, or an installed model's name.", valueName: "path|name"))
    var model: String

    @Option(help: ArgumentHelp("Its configuration; by default what lies beside it.", valueName: "file"))
    var config: String?

    @Flag(help: "List every tensor.")
    var tensors = false

    @Flag(help: "Look at names and shapes only.")
    var quick = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup var flags: StoreFlags

    func run() throws {
        let path = try locate()
        try RegularFile.check(path, named: "model")
        let inspection: ModelInspection
        do {
            let kind = try ModelInspection(path: path).kind
            let beside = kind.map { ModelCompanions.beside(path, kind: $0) }
            let config = config.map { URL(fileURLWithPath: $0).path } ?? beside?.configuration
            inspection = try ModelInspection(
                path: path, configuration: config, readingValues: !quick, loadingOn: quick ? nil : CPUBackend())
        } catch {
            throw UserError("\(error)")
        }
        print(json ? try JSONText.pretty(InspectionReport(inspection, tensors)) : text(inspection))
        if inspection.kind == nil || inspection.flaw != nil { throw ExitCode(1) }
    }

    private func locate() throws -> String {
        let url = URL(fileURLWithPath: model)
        if FileManager.default.fileExists(atPath: url.path) || model.contains("/") { return url.path }
        let installed = try ModelNames.installed(model, in: flags.store)
        return installed.weights.map { flags.store.path(of: $0, in: installed) } ?? url.path
    }

    private func text(_ inspection: ModelInspection) -> String {
        let types = inspection.types.map { "\($0.tensors) \($0.type)" }.joined(separator: ", ")
        var lines = [
            inspection.path,
            "  format        \(inspection.container)",
            "  architecture  \(inspection.architecture)",
            "  tensors       \(inspection.tensors.count) (\(types))",
            "  parameters    \(inspection.parameters) in use",
        ]
        if let flaw = inspection.flaw { lines.append("  unusable      \(flaw)") }
        lines += inspection.oddities.map { "  odd           \($0)" }
        if inspection.oddities.isEmpty { lines.append("  odd           nothing") }
        if tensors {
            let width = inspection.tensors.map(\.name.count).max() ?? 0
            lines += inspection.tensors.map { row in
                "  \(row.name.padded(to: width))  \((row.type ?? "?").padded(to: 4))  \(row.extents)"
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// An inspection as JSON.
private struct InspectionReport: Encodable {
    struct Tensor: Encodable {
        var name: String
        var shape: [Int]
        var type: String?
    }

    var path: String
    var format: String
    var kind: InstalledModel.Kind?
    var architecture: String
    var parameters: Int
    var tensorCount: Int
    var types: [String: Int]
    var unusable: String?
    var oddities: [String]
    var tensors: [Tensor]?

    init(_ inspection: ModelInspection, _ listsTensors: Bool) {
        (path, format, kind) = (inspection.path, inspection.container, inspection.kind)
        (architecture, parameters) = (inspection.architecture, inspection.parameters)
        (tensorCount, unusable, oddities) = (inspection.tensors.count, inspection.flaw, inspection.oddities)
        types = Dictionary(uniqueKeysWithValues: inspection.types.map { ($0.type, $0.tensors) })
        if listsTensors {
            tensors = inspection.tensors.map { Tensor(name: $0.name, shape: $0.extents, type: $0.type) }
        }
    }
}
