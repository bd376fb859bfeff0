/// Opens the zip archives of `torch.save` and `torch.jit.save`.
///
/// Below one folder of any name: `data.pkl`, a pickle; `data/0`, `data/1`, …, the storages; `byteorder`; and, in a
/// TorchScript archive, `constants.pkl` and `code/`, which are left alone.
enum TorchArchive {
    /// Reads the directory and the pickle; the storages stay in the file.
    static func open(_ file: MappedFile) throws(CheckpointError) -> TorchCheckpoint {
        func malformed(_ message: String) -> CheckpointError {
            CheckpointError(
                path: file.path, message: "is not a sound PyTorch archive: \(message)",
                hint: "fetch it again and compare its checksum")
        }
        let archive: ZipArchive
        do throws(ZipArchive.Failure) { archive = try ZipArchive(file.bytes) } catch { throw malformed(error.message) }
        let root = try root(of: archive, path: file.path)

        func stored(_ name: String) throws(CheckpointError) -> Range<Int>? {
            do throws(ZipArchive.Failure) {
                return try archive.stored("\(root)/\(name)")
            } catch {
                throw CheckpointError(
                    path: file.path, message: "cannot be read: \(error.message)",
                    hint: "save it again with torch.save, or pack it without compression (zip -0)")
            }
        }
        if let range = try stored("byteorder") {
            let order = file.bytes[range.prefix(Limits.zipSmallEntryBytes)]
            if order.elementsEqual("big".utf8) {
                throw CheckpointError(
                    path: file.path, message: "was saved on a big-endian machine, which is not read",
                    hint: "load it in PyTorch on this machine and save it again")
            }
            guard order.elementsEqual("little".utf8) else {
                throw malformed("its byte order is neither little nor big")
            }
        }
        guard let pickle = try stored("data.pkl") else { throw malformed("it has no data.pkl") }
        let isScript = archive.entries.contains {
            $0.name == "\(root)/constants.pkl" || $0.name.hasPrefix("\(root)/code/")
        }
        let result: Unpickler.Result
        do throws(PickleFailure) {
            result = try Unpickler.read(UnsafeRawBufferPointer(rebasing: file.bytes[pickle]))
            guard result.end == pickle.count else {
                throw PickleFailure(offset: result.end, message: "something follows the end of the pickle")
            }
        } catch {
            throw CheckpointError(
                path: file.path, message: "cannot be read: \(error.message) (\(root)/data.pkl, byte \(error.offset))",
                hint: error.hint ?? "fetch it again and compare its checksum")
        }
        let named: NamedTensors
        do throws(NamedTensors.Failure) {
            named =
                isScript
                ? try NamedTensors(moduleIn: result.graph, at: result.root)
                : try NamedTensors(stateDictIn: result.graph, at: result.root)
        } catch {
            throw CheckpointError(
                path: file.path, message: "cannot be used: \(error.message) (\(root)/data.pkl)", hint: error.hint)
        }
        return try TorchCheckpoint(file, isScript ? .torchScript : .zip, result.graph, named) {
            storage throws(CheckpointError) in
            // Some TorchScript archives name a storage by its path.
            let key = storage.key.split(separator: "/").last.map(String.init) ?? storage.key
            return try stored("data/\(key)")
        }
    }

    /// The one folder that holds `data.pkl`.
    private static func root(of archive: ZipArchive, path: String) throws(CheckpointError) -> Substring {
        let roots = archive.entries.compactMap { entry -> Substring? in
            let parts = entry.name.split(separator: "/")
            return parts.count == 2 && parts[1] == "data.pkl" ? parts[0] : nil
        }
        guard let root = roots.first else {
            throw CheckpointError(
                path: path, message: "is a zip archive, but not one of PyTorch's: it holds no data.pkl",
                hint: "if the checkpoint was packed into it, unpack it first")
        }
        guard roots.count == 1 else {
            throw CheckpointError(path: path, message: "is not a sound PyTorch archive: it holds several data.pkl")
        }
        return root
    }
}
