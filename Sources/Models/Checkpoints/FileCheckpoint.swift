public import TensorCore

/// The places of named tensors in a mapped file.
public struct StoredTensors {
    let file: MappedFile
    let tensors: [String: StoredTensor]

    init(file: MappedFile, tensors: [String: StoredTensor]) {
        self.file = file
        self.tensors = tensors
    }
}

/// A checkpoint that is one mapped file, whatever its container: tensors are converted when asked for.
public protocol FileCheckpoint: Checkpoint {
    /// Where its tensors lie.
    var contents: StoredTensors { get }
    /// What people call files of this kind, such as `safetensors`.
    var containerName: String { get }
}

extension FileCheckpoint {
    /// The file.
    public var path: String { contents.file.path }

    /// Extents of a tensor; nil where there is none of that name.
    public func shape(of name: String) -> Shape? { contents.tensors[name]?.shape }

    /// How a tensor's elements are encoded in the file; nil where there is none of that name.
    public func elementType(of name: String) -> ElementType? { contents.tensors[name]?.type }

    /// One tensor in single precision.
    public func tensor(named name: String) throws(CheckpointError) -> HostTensor {
        guard let tensor = contents.tensors[name] else { throw missing(name) }
        return tensor.values(in: contents.file)
    }

    /// Lends the elements where they lie if they are single precision, side by side and aligned.
    public func withTensor<Result>(
        named name: String, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        guard let tensor = contents.tensors[name] else { throw missing(name) }
        return try tensor.withValues(in: contents.file, body)
    }
}
