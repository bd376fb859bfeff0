public import TensorCore

/// A safetensors file, mapped: tensors are converted to single precision when asked for.
public struct SafetensorsFile: Checkpoint {
    private let file: MappedFile
    private let entries: [String: SafetensorsHeader.Entry]
    private let dataStart: Int

    /// The file.
    public var path: String { file.path }
    /// Names of all tensors in the order of their data; tensors without elements are left out.
    public let names: [String]
    /// Texts that the writer left in the header.
    public let metadata: [String: String]

    /// Opens a file and checks its whole header.
    public init(path: String) throws(CheckpointError) { try self.init(MappedFile(path: path)) }

    init(_ file: MappedFile) throws(CheckpointError) {
        let header = try SafetensorsHeader(file.bytes, path: file.path)
        let held = header.entries.filter { !$0.range.isEmpty }
        self.file = file
        names = held.map(\.name)
        entries = Dictionary(uniqueKeysWithValues: held.map { ($0.name, $0) })
        metadata = header.metadata
        dataStart = header.dataStart
    }

    /// Extents of a tensor; nil where there is none of that name.
    public func shape(of name: String) -> Shape? { entries[name].map { Shape($0.extents) } }

    /// One tensor in single precision.
    public func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        guard let entry = entries[name] else { throw missing(name) }
        let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
        let values = entry.type.floats(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
        return HostTensor(shape: Shape(entry.extents), values: values)
    }
}
