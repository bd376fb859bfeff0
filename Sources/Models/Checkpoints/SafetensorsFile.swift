/// A safetensors file, mapped: tensors are converted to single precision when asked for.
public struct SafetensorsFile: FileCheckpoint {
    /// Where its tensors lie.
    public let contents: StoredTensors
    /// The container's name.
    public var containerName: String { "safetensors" }
    /// Names of all tensors in the order of their data; tensors without elements are left out.
    public let names: [String]
    /// Texts that the writer left in the header.
    public let metadata: [String: String]

    /// Opens a file and checks its whole header.
    public init(path: String) throws(CheckpointError) { try self.init(MappedFile(path: path)) }

    init(_ file: MappedFile) throws(CheckpointError) {
        let header = try SafetensorsHeader(file.bytes, path: file.path)
        let held = header.entries.filter { !$0.range.isEmpty }
        names = held.map(\.name)
        metadata = header.metadata
        let tensors = Dictionary(
            uniqueKeysWithValues: held.map { entry in
                let range = header.dataStart + entry.range.lowerBound..<header.dataStart + entry.range.upperBound
                let layout = StridedLayout(contiguous: entry.extents)
                return (entry.name, StoredTensor(type: entry.type, storage: range, layout: layout))
            })
        contents = StoredTensors(file: file, tensors: tensors)
    }
}
