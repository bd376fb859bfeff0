/// Opens what `torch.save` wrote before version 1.6, and still writes when asked to.
///
/// Five pickles, one behind the other: a magic number, the version of the format, facts about the machine, the object
/// itself, and the keys of its storages. Then the storages in the order of those keys, each with its number of elements
/// before it.
enum LegacyTorchFile {
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Reads the pickles and finds the storages.
    static func open(_ file: MappedFile) throws(CheckpointError) -> TorchCheckpoint {
        func malformed(_ message: String) -> CheckpointError {
            CheckpointError(
                path: file.path, message: "is not a sound PyTorch legacy file: \(message)",
                hint: "fetch it again and compare its checksum")
        }
        var offset = 0
        func next() throws(CheckpointError) -> Unpickler.Result {
            do throws(PickleFailure) {
                let result = try Unpickler.read(file.bytes, from: offset)
                offset = result.end
                return result
            } catch {
                throw CheckpointError(
                    path: file.path, message: "cannot be read: \(error.message) (byte \(error.offset))",
                    hint: error.hint ?? "fetch it again and compare its checksum")
            }
        }
        let first = try next()
        guard case .wideInteger(magic) = first.graph[first.root] else {
            throw CheckpointError(
                path: file.path, message: "is a pickle, but not one that torch.save wrote",
                hint: "save the weights with torch.save(model.state_dict(), path)")
        }
        let version = try next()
        guard version.graph.integer(version.root) == 1001 else { throw malformed("its version is not 1001") }
        let machine = try next()
        guard let order = machine.graph.member("little_endian", of: machine.root),
            case .flag(let isLittle) = machine.graph[order]
        else { throw malformed("it does not tell its byte order") }
        guard isLittle else {
            throw CheckpointError(
                path: file.path, message: "was saved on a big-endian machine, which is not read",
                hint: "load it in PyTorch on this machine and save it again")
        }
        let object = try next()
        let keys = try next()
        let named: NamedTensors
        do throws(NamedTensors.Failure) {
            named = try NamedTensors(stateDictIn: object.graph, at: object.root)
        } catch {
            throw CheckpointError(path: file.path, message: "cannot be used: \(error.message)", hint: error.hint)
        }
        let ranges = try storageRanges(
            file.bytes, from: offset, try texts(keys, malformed), object.graph, malformed)
        return try TorchCheckpoint(file, .legacy, object.graph, named) { storage throws(CheckpointError) in
            ranges[storage.key]
        }
    }

    private static func texts(
        _ keys: Unpickler.Result, _ malformed: (String) -> CheckpointError
    ) throws(CheckpointError) -> [String] {
        guard case .list(let elements) = keys.graph[keys.root] else { throw malformed("it has no list of storages") }
        let texts = elements.compactMap(keys.graph.text)
        guard texts.count == elements.count else { throw malformed("a storage's key is not a text") }
        return texts
    }

    /// Where the storages lie, by key.
    private static func storageRanges(
        _ bytes: UnsafeRawBufferPointer, from offset: Int, _ keys: [String], _ graph: PickleGraph,
        _ malformed: (String) -> CheckpointError
    ) throws(CheckpointError) -> [String: Range<Int>] {
        var sizes = graph.unreadStorages
        for storage in graph.storages {
            let size = storage.type.size
            guard sizes.updateValue(size, forKey: storage.key) ?? size == size else {
                throw malformed("storage '\(storage.key.prefix(80))' has two types")
            }
        }
        var ranges: [String: Range<Int>] = [:]
        guard var cursor = ByteCursor(bytes, at: offset) else { throw malformed("it is cut short") }
        for key in keys {
            guard let itemSize = sizes[key] else { throw malformed("nothing uses storage '\(key.prefix(80))'") }
            guard let count = cursor.count(Int64.self), count >= 0 else {
                throw malformed("storage '\(key.prefix(80))' is cut short")
            }
            let start = cursor.offset
            let (size, overflow) = count.multipliedReportingOverflow(by: itemSize)
            guard !overflow, cursor.take(size) != nil else {
                throw malformed("storage '\(key.prefix(80))' of \(count) elements reaches beyond the file")
            }
            guard ranges.updateValue(start..<start + size, forKey: key) == nil else {
                throw malformed("the storage '\(key.prefix(80))' occurs twice")
            }
        }
        guard cursor.remaining == 0 else { throw malformed("\(cursor.remaining) bytes follow its last storage") }
        return ranges
    }
}
