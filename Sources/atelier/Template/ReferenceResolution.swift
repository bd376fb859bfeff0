import Checkpoints
import Foundation
import Guidance
import ModelStore

/// Turns names of files into references with digests: what a job pins.
///
/// A model is `starter`, a file, or the name of an installed model, in this order. A reference to an installed model
/// keeps that name, so that a manifest says what was meant; where its bytes lie is found again by digest.
struct ReferenceResolution {
    let store: ModelStore
    /// What relative names start from; nil for the current folder.
    let folder: String?

    /// Suffixes that only files have.
    private static let suffixes = [".safetensors", ".ckpt", ".pt", ".pth", ".bin"]

    /// The reference that is meant, with its digests; throws `UserError`.
    func resolve(_ file: FileReference, of setting: RenderSetting) throws -> FileReference {
        guard file.name != FileReference.starter.name else { return file }
        guard !file.name.isEmpty else { throw UserError("\(setting.name): the name of a file is missing") }
        let base = folder.map { URL(fileURLWithPath: $0, isDirectory: true) }
        let path = URL(fileURLWithPath: file.name, relativeTo: base).absoluteURL.path
        let isModel = setting.namesModels
        if isModel, RegularFile.size(path) == nil, !ReferenceResolution.looksLikeFile(file.name) {
            return try installed(file.name, for: setting)
        }
        try RegularFile.check(path, named: setting.name)
        do {
            let digest = try FileDigest.shared.of(path).sha256
            let companions = isModel ? try companions(of: path, setting) : []
            return FileReference(name: path, sha256: digest, companions: companions)
        } catch {
            throw UserError("\(setting.name): \(path) cannot be read")
        }
    }

    /// Where the files of a reference lie on this machine: the file itself, then what belongs to it.
    func paths(of file: FileReference) throws -> [(sha256: String, path: String)] {
        guard file.name != FileReference.starter.name, let sha256 = file.sha256 else { return [] }
        let path = location(of: file)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        var found = [(sha256, path)]
        let beside = InstalledModel.Kind.allCases.map { ModelCompanions.beside(path, kind: $0) }
        let candidates = beside.flatMap(\.paths)
        for companion in file.companions {
            let own = folder.appending(path: companion.name).path
            guard
                let match = ([own] + candidates).first(where: {
                    (try? FileDigest.shared.of($0).sha256) == companion.sha256
                })
            else { throw UserError("\(companion.name) beside \(path) has changed meanwhile; try again") }
            found.append((companion.sha256, match))
        }
        return found
    }

    /// Where a reference's content lies: where its name says, or in the store.
    func location(of file: FileReference) -> String {
        if file.name.hasPrefix("/") { return file.name }
        guard let model = try? store.model(named: file.name), let weights = model.weights else { return file.name }
        return store.path(of: weights, in: model)
    }

    private static func looksLikeFile(_ name: String) -> Bool {
        name.contains("/") || suffixes.contains { name.lowercased().hasSuffix($0) }
    }

    private func installed(_ name: String, for setting: RenderSetting) throws -> FileReference {
        guard let model = try store.model(named: name), let weights = model.weights else {
            throw UserError("\(setting.name): \(try advice(name))")
        }
        let wanted = ReferenceResolution.kind(of: setting)
        guard model.kind == wanted else {
            throw UserError("\(setting.name): the installed model \"\(name)\" is a \(model.kind.rawValue)")
        }
        let companions = model.files.filter { $0.role != .weights }.map {
            FileReference.Companion(name: $0.name, sha256: $0.sha256)
        }
        return FileReference(name: name, sha256: weights.sha256, companions: companions)
    }

    /// What to do about a name that nothing has.
    private func advice(_ name: String) throws -> String {
        let problem = "there is no file and no installed model \"\(name)\""
        if let published = Catalogue.model(named: name) {
            return "\(problem); fetch it with `atelier models pull \(published.name)`"
        }
        let installed = try store.models().map(\.name)
        guard let nearest = nearestName(to: name, among: installed + Catalogue.models.map(\.name)) else {
            return problem
        }
        if installed.contains(nearest) { return "\(problem); did you mean \"\(nearest)\"?" }
        return "\(problem); did you mean \"\(nearest)\"? Fetch it with `atelier models pull \(nearest)`"
    }

    /// What is needed beside a checkpoint, under the names that loaders look for.
    private func companions(of path: String, _ setting: RenderSetting) throws -> [FileReference.Companion] {
        let kind = ReferenceResolution.kind(of: setting)
        let beside = ModelCompanions.beside(path, kind: kind)
        return try IncomingFile.files(weights: path, companions: beside, kind: kind).dropFirst().map { file in
            FileReference.Companion(name: file.name, sha256: try FileDigest.shared.of(file.path).sha256)
        }
    }

    private static func kind(of setting: RenderSetting) -> InstalledModel.Kind {
        setting.name == "vqgan" ? .vqgan : .clip
    }
}
