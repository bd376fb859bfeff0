import Foundation
import Glibc

/// A file that is to become part of a model.
public struct IncomingFile: Hashable, Sendable {
    /// What it is for.
    public var role: InstalledModel.File.Role
    /// Where it lies.
    public var path: String
    /// Its name in the model's folder.
    public var name: String
    /// Whether the store may take the file itself away instead of a copy.
    public var isOurs: Bool

    /// Names a file; `isOurs` moves it, otherwise it stays where it is.
    public init(role: InstalledModel.File.Role, path: String, name: String, isOurs: Bool = false) {
        self.role = role
        self.path = path
        self.name = name
        self.isOurs = isOurs
    }
}

extension ModelStore {
    /// Puts a model into the store under a name that is free; the same model again changes nothing.
    ///
    /// Files of others are copied, not linked: whoever writes into the original later must not change a file that is
    /// named by its content. On file systems that can, a copy shares the space of the original until then.
    ///
    /// - Parameters:
    ///   - draft: the record; its files are filled in here.
    ///   - files: the weights first.
    /// - Returns: the complete record.
    /// - Throws: `ModelStoreError`; nothing is visible then.
    public func install(_ draft: InstalledModel, _ files: [IncomingFile]) throws(ModelStoreError) -> InstalledModel {
        guard InstalledModel.isName(draft.name) else { throw ModelStore.badName(draft.name) }
        try FileSystem.makeFolder("\(folder)/named")
        try FileSystem.makeFolder("\(folder)/incoming")
        var model = draft
        model.files = []
        for file in try stating(draft, files) {
            let (sha256, byteCount) = try file.isOurs ? take(file.path) : copy(file.path)
            model.files.append(.init(role: file.role, name: file.name, sha256: sha256, byteCount: byteCount))
        }
        if let flaw = model.flaw { throw ModelStoreError(.damaged, flaw, at: draft.name) }
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        if let known = try self.model(named: model.name), known.files != model.files {
            throw ModelStoreError(
                .nameTaken, "another model has this name already", at: model.name,
                hint: "choose another with --as, or remove that one first")
        }
        // A blob that a removal took away since it was put there would leave a name without its file.
        for file in model.files where !contains(file.sha256) {
            throw ModelStoreError(.busy, "its files were removed meanwhile", at: model.name, hint: "try again")
        }
        try makeLinks(of: model)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let record = try? encoder.encode(model) else { preconditionFailure("a record is plain text") }
        try FileSystem.write(Array(record) + [UInt8(ascii: "\n")], to: recordPath(model.name))
        return model
    }

    /// The files of a model, with a configuration that states a CLIP's nonlinearity where nothing else does.
    ///
    /// So it goes wherever the model goes, under whatever name.
    private func stating(
        _ draft: InstalledModel, _ files: [IncomingFile]
    ) throws(ModelStoreError) -> [IncomingFile] {
        guard draft.kind == .clip, let activation = draft.activation,
            !files.contains(where: { $0.role == .configuration })
        else { return files }
        let path = "\(folder)/incoming/activation.\(UInt64.random(in: 0 ... .max)).json"
        try FileSystem.write(Array("{\"activation\": \"\(activation.rawValue)\"}\n".utf8), to: path)
        return files + [IncomingFile(role: .configuration, path: path, name: "model.json", isOurs: true)]
    }

    static func badName(_ name: String) -> ModelStoreError {
        ModelStoreError(
            .badName, "cannot be a model's name", at: "\"\(name.prefix(Limits.nameCharacters))\"",
            hint: "use letters, digits, '.', '_' and '-', at most \(Limits.nameCharacters)")
    }

    /// Gives the files of a model the names that loaders look for, in a folder that is complete before it is named.
    private func makeLinks(of model: InstalledModel) throws(ModelStoreError) {
        let (target, fresh) = ("\(folder)/folders/\(model.name)", "\(folder)/folders/.\(model.name).new")
        try FileSystem.removeFolder(fresh)
        try FileSystem.makeFolder(fresh)
        for file in model.files {
            guard link(path(ofBlob: file.sha256), "\(fresh)/\(file.name)") == 0 else {
                throw FileSystem.failure("cannot be linked", at: "\(fresh)/\(file.name)")
            }
        }
        try FileSystem.sync(folder: fresh)
        try FileSystem.removeFolder(target)
        try FileSystem.rename(fresh, to: target)
    }

    /// Whether a blob is here and is what its name says; one that is not is replaced by the next install.
    private func isSound(_ sha256: String) -> Bool {
        contains(sha256) && (try? digests.of(path(ofBlob: sha256)).sha256) == sha256
    }

    /// Moves a file of ours to the name of its content.
    private func take(_ path: String) throws(ModelStoreError) -> (sha256: String, byteCount: Int64) {
        let found = try digests.byReading(path)
        let blob = self.path(ofBlob: found.sha256)
        if isSound(found.sha256) {
            try FileSystem.remove(path)
            return found
        }
        let file = try OpenFile(path, O_RDWR | O_NOFOLLOW)
        try file.sync()
        guard fchmod(file.descriptor, 0o444) == 0 else { throw FileSystem.failure("cannot be protected", at: path) }
        try FileSystem.makeFolder(FileSystem.folder(of: blob))
        try FileSystem.rename(path, to: blob)
        return found
    }

    /// Copies a file to the name of its content, unless it is there.
    private func copy(_ path: String) throws(ModelStoreError) -> (sha256: String, byteCount: Int64) {
        let known = try digests.of(path)
        if isSound(known.sha256) { return known }
        let free = try FileSystem.freeBytes(at: folder)
        guard free - known.byteCount >= Limits.freeReserveBytes else {
            throw ModelStoreError(
                .diskFull, "needs \(known.byteCount) octets of \(free) that are free", at: folder,
                hint: "free some space, or choose another folder with --models")
        }
        // Others may copy the same file meanwhile, in this process or another.
        let temporary = "\(folder)/incoming/\(known.sha256).\(UInt64.random(in: 0 ... .max)).copy"
        do {
            try FileSystem.remove(temporary)
            let source = try OpenFile(path, O_RDONLY)
            let target = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            // FICLONE: shares the blocks where the file system can.
            if ioctl(target.descriptor, 0x4004_9409, source.descriptor) != 0 {
                var offset: Int64 = 0
                while true {
                    let piece = try source.read(at: offset, count: Limits.bufferBytes)
                    if piece.isEmpty { break }
                    try target.write(piece, at: offset)
                    offset += Int64(piece.count)
                }
            }
            // What was written is hashed, not what was meant to be.
            return try take(temporary)
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
