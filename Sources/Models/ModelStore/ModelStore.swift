import Foundation
import Glibc

/// Models of a user: files named by the SHA-256 of their content, and names for sets of them.
///
///     blobs/sha256/ab/<64 digits>    every file once, read-only
///     named/<name>.json              what a name stands for: kind, files with their digests, source, licence
///     folders/<name>/                the files under names that loaders expect; hard links of the blobs
///     incoming/                      downloads under way
///
/// A name appears only when its files are whole, verified and durable. Two processes that change names take turns;
/// those that read need no lock, since files and records are replaced in one step.
public struct ModelStore: Sendable {
    /// The folder of the store, absolute.
    public let folder: String
    let digests: FileDigest

    /// Characters of a model's name.
    public static let nameCharacters = Limits.nameCharacters
    /// Octets of the largest file.
    public static let fileBytes = Limits.fileBytes
    /// Octets of a configuration or vocabulary.
    public static let companionBytes = Limits.companionBytes

    /// A store in a folder, which is made when something is put into it.
    public init(folder: String, digests: FileDigest = .shared) {
        self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
        self.digests = digests
    }

    /// Where this user's models lie.
    public static var defaultFolder: String { defaultFolder(environment: ProcessInfo.processInfo.environment) }

    /// Where a user's models lie: `$ATELIER_MODELS`, else `atelier/models` in `$XDG_DATA_HOME` or `~/.local/share`.
    public static func defaultFolder(environment: [String: String]) -> String {
        if let folder = environment["ATELIER_MODELS"], !folder.isEmpty { return folder }
        // A relative path there is to be ignored, says the specification of these variables.
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/atelier/models" }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        return home + "/.local/share/atelier/models"
    }

    // MARK: - Reading

    /// Where a file of this digest lies, or would lie.
    public func path(ofBlob sha256: String) -> String { "\(folder)/blobs/sha256/\(sha256.prefix(2))/\(sha256)" }

    /// Whether a file of this digest is here.
    public func contains(_ sha256: String) -> Bool { FileSystem.size(path(ofBlob: sha256)) != nil }

    /// Where a file of an installed model lies, under the name that loaders expect.
    public func path(of file: InstalledModel.File, in model: InstalledModel) -> String {
        "\(folder)/folders/\(model.name)/\(file.name)"
    }

    /// All models, sorted by name.
    ///
    /// - Throws: `ModelStoreError` if a record is damaged; it names the file.
    public func models() throws(ModelStoreError) -> [InstalledModel] {
        let names = try FileSystem.names(in: "\(folder)/named").filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
        var models: [InstalledModel] = []
        for name in names.prefix(Limits.models) { models.append(try read(record: "\(folder)/named/\(name)")) }
        return models
    }

    /// The model of this name; nil if there is none.
    public func model(named name: String) throws(ModelStoreError) -> InstalledModel? {
        guard InstalledModel.isName(name) else { return nil }
        let path = recordPath(name)
        return FileSystem.exists(path) ? try read(record: path) : nil
    }

    func recordPath(_ name: String) -> String { "\(folder)/named/\(name).json" }

    private func read(record path: String) throws(ModelStoreError) -> InstalledModel {
        func damaged(_ what: String) -> ModelStoreError {
            ModelStoreError(.damaged, what, at: path, hint: "delete this file and add the model again")
        }
        let bytes = try OpenFile(path, O_RDONLY | O_NOFOLLOW).read(at: 0, count: Limits.recordBytes + 1)
        guard bytes.count <= Limits.recordBytes,
            let model = try? JSONDecoder().decode(InstalledModel.self, from: Data(bytes))
        else { throw damaged("is no record of a model") }
        if let flaw = model.flaw { throw damaged(flaw) }
        guard path == recordPath(model.name) else { throw damaged("is the record of \(model.name)") }
        return model
    }

    // MARK: - Checking

    /// Reads every file of a model again; what is wrong with them, one line each.
    public func flaws(of model: InstalledModel) throws(ModelStoreError) -> [String] {
        var flaws: [String] = []
        for file in model.files {
            let blob = path(ofBlob: file.sha256)
            guard FileSystem.size(blob) != nil else {
                flaws.append("\(file.name): the file \(blob) is missing")
                continue
            }
            let found = try digests.byReading(blob)
            if found.sha256 != file.sha256 {
                flaws.append("\(file.name): its SHA-256 is \(found.sha256), not \(file.sha256)")
                continue
            }
            let named = path(of: file, in: model)
            if FileSystem.size(named) == nil {
                flaws.append("\(file.name): it is missing in \(folder)/folders/\(model.name)")
            } else if !FileSystem.areOne(named, blob), try digests.byReading(named).sha256 != file.sha256 {
                flaws.append("\(file.name): \(named) is another file")
            }
        }
        return flaws
    }

    // MARK: - Removing

    /// Forgets a name and deletes the files that no other name needs; returns the octets that became free.
    ///
    /// - Throws: `ModelStoreError` with the reason `unknownName` if there is no such model.
    @discardableResult
    public func remove(_ name: String) throws(ModelStoreError) -> Int64 {
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        guard let model = try model(named: name) else {
            throw ModelStoreError(.unknownName, "there is no installed model of this name", at: name)
        }
        try FileSystem.remove(recordPath(name))
        try FileSystem.sync(folder: "\(folder)/named")
        try FileSystem.removeFolder("\(folder)/folders/\(name)")
        let needed = Set(try models().flatMap(\.files).map(\.sha256))
        var freed: Int64 = 0
        for file in model.files where !needed.contains(file.sha256) {
            try FileSystem.remove(path(ofBlob: file.sha256))
            freed += file.byteCount
        }
        return freed
    }

    /// The right to change names, held until the result is let go.
    func takeLock() throws(ModelStoreError) -> OpenFile {
        try FileSystem.makeFolder(folder)
        let file = try OpenFile("\(folder)/lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        _ = try file.lock(waiting: true)
        return file
    }
}
