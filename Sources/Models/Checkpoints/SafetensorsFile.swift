public import TensorCore

/// A safetensors file, mapped: tensors are converted to single precision when asked for.
public struct SafetensorsFile: Checkpoint {
    private let file: MappedFile
    private let tensors: [String: StoredTensor]

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
        metadata = header.metadata
        tensors = Dictionary(
            uniqueKeysWithValues: held.map { entry in
                let range = header.dataStart + entry.range.lowerBound..<header.dataStart + entry.range.upperBound
                let layout = StridedLayout(contiguous: entry.extents)
                return (entry.name, StoredTensor(type: entry.type, storage: range, layout: layout))
            })
    }

    /// Extents of a tensor; nil where there is none of that name.
    public func shape(of name: String) -> Shape? { tensors[name]?.shape }

    /// How a tensor's elements are encoded in the file; nil where there is none of that name.
    public func elementType(of name: String) -> ElementType? { tensors[name]?.type }

    /// One tensor in single precision.
    public func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        guard let tensor = tensors[name] else { throw missing(name) }
        return tensor.values(in: file)
    }

    /// Lends the elements where they lie if they are single precision, side by side and aligned.
    public func withTensor<Result>(
        named name: String, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        guard let tensor = tensors[name] else { throw missing(name) }
        return try tensor.withValues(in: file, body)
    }
}
