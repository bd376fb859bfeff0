import ArgumentParser
import Foundation
import Guidance
import ModelStore

/// `atelier models pull NAME`: fetches a published model.
struct ModelsPullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a published model into the store.",
        discussion: """
            What breaks off goes on where it was, in this run or the next. The file's SHA-256 is compared with the \
            published one before it gets its name. Where none is published, --trust-first-use takes what comes and \
            records its digest, so that later changes show.

              atelier models pull openai-ViT-B-32
              atelier models pull vqgan-imagenet-f16-16384 --trust-first-use
              atelier models pull --url https://example.com/a.safetensors --sha256 … --as a
            """)

    @Argument(help: ArgumentHelp("A model of `atelier models list`.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Fetch this file instead.", valueName: "address"))
    var url: String?

    @Option(help: ArgumentHelp("SHA-256 that the file must have.", valueName: "digits"))
    var sha256: String?

    @Option(help: ArgumentHelp("Address of its configuration.", valueName: "address"))
    var configUrl: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("Name for it in the store.", valueName: "name"))
    var installedName: String?

    @Option(help: "A CLIP's nonlinearity, quick_gelu or gelu, with --url.")
    var activation: InstalledModel.Activation?

    @Flag(help: "Take a file whose SHA-256 is not known, and record it.")
    var trustFirstUse = false

    @Option(help: ArgumentHelp("Seconds of silence before an attempt is given up.", valueName: "s"))
    var patience: Double = 30

    @Flag(name: .shortAndLong, help: "Print no progress.")
    var quiet = false

    @OptionGroup var flags: StoreFlags

    func validate() throws {
        if (name == nil) == (url == nil) {
            throw ValidationError("name a model of `atelier models list`, or give --url")
        }
        if url != nil, installedName == nil { throw ValidationError("--url needs a name: --as NAME") }
        if url == nil, sha256 != nil || configUrl != nil || activation != nil {
            throw ValidationError("--sha256, --config-url and --activation belong to --url")
        }
        if configUrl != nil, activation != nil {
            throw ValidationError("--activation: the file of --config-url tells it")
        }
        guard patience.isFinite, (0.1...3600).contains(patience) else {
            throw ValidationError("--patience is \(patience); it lies in 0.1 ... 3600")
        }
        if let installedName, !InstalledModel.isName(installedName) {
            throw ValidationError("--as \(installedName): use letters, digits, '.', '_' and '-'")
        }
    }

    func run() async throws {
        let wanted = try wanted()
        let store = flags.store
        if let known = try store.model(named: wanted.name) {
            let pinned = wanted.files.compactMap(\.sha256)
            guard Set(known.files.map(\.sha256)).isSuperset(of: pinned) else {
                throw UserError("\(wanted.name): another model has this name already; choose one with --as")
            }
            print("\(wanted.name) is installed already")
            return
        }
        guard trustFirstUse || wanted.files.allSatisfy({ $0.sha256 != nil || $0.role == .configuration }) else {
            throw UserError(
                "\(wanted.name): no SHA-256 is published for it; --trust-first-use takes what comes and records it")
        }
        let model = try await ModelPull(
            store: store, patience: DownloadPatience(stallSeconds: patience), isQuiet: quiet
        ).install(wanted)
        print("\(model.name): \(model.architecture), \(ByteCount.text(model.byteCount))")
        for file in model.files { print("  \(file.role.rawValue.padded(to: 14)) \(file.sha256)") }
    }

    /// The entry of the catalogue, or one made of the flags.
    private func wanted() throws -> PublishedModel {
        if let url {
            var files = [PublishedModel.File(role: .weights, url: url, sha256: sha256?.lowercased())]
            if let configUrl { files.append(.init(role: .configuration, url: configUrl)) }
            return PublishedModel(
                name: installedName ?? "", kind: nil, files: files, activation: activation)
        }
        let name = name ?? ""
        guard var model = Catalogue.model(named: name) else {
            let nearest = nearestName(to: name, among: Catalogue.models.map(\.name)) ?? ""
            throw UserError(
                "no published model \"\(name)\" is known; did you mean \"\(nearest)\"? `atelier models list` shows all")
        }
        if let byHand = model.byHand { throw UserError("\(model.name) cannot be pulled: \(byHand)") }
        if let installedName { model.name = installedName }
        return model
    }
}
