public import TensorCore

/// A tensor in the memory of the host, in the layout it was stored in.
public struct HostTensor: Sendable, Equatable {
    /// Extents as stored: PyTorch's order, `[out, in, kh, kw]` for a convolution.
    public let shape: Shape
    /// The elements, row-major, converted to single precision.
    public let values: [Float]

    /// Makes a tensor; `values.count` is `shape.count`.
    public init(shape: Shape, values: [Float]) {
        precondition(values.count == shape.count, "\(values.count) values cannot have shape \(shape)")
        self.shape = shape
        self.values = values
    }
}

extension HostTensor {
    /// Shows `body` the extents and the elements for as long as it runs.
    func lend<Result>(
        _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        try values.withUnsafeBufferPointer { values throws(CheckpointError) in try body(shape, values) }
    }
}

/// Named tensors of a model, read on demand.
///
/// Looking at names and shapes costs nothing; a tensor is converted when it is asked for. Like the file it maps, a
/// checkpoint stays with the thread that opened it.
public protocol Checkpoint {
    /// The file, for messages.
    var path: String { get }
    /// Names of all tensors in the order in which they lie in the file.
    var names: [String] { get }
    /// Extents of a tensor; nil where there is none of that name.
    func shape(of name: String) -> Shape?
    /// One tensor in single precision; throws where there is none of that name.
    func tensor(named name: String) throws(CheckpointError) -> HostTensor
    /// Shows `body` one tensor's extents and elements, row-major, in single precision; throws where there is none of that
    /// name. Where the file holds them as they are, they are not copied. The memory is only lent.
    func withTensor<Result>(
        named name: String, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result
    /// What the file calls the tensor; differs from `name` where keys are mapped.
    func storedName(of name: String) -> String
}

extension Checkpoint {
    /// Converts the tensor first.
    public func withTensor<Result>(
        named name: String, _ body: (Shape, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        try tensor(named: name).lend(body)
    }

    /// The name itself: most checkpoints are read under the names they have.
    public func storedName(of name: String) -> String { name }

    /// The error for a name that is not there, with the name the file should hold.
    func missing(_ name: String) -> CheckpointError {
        CheckpointError(
            path: path, message: "has no tensor '\(storedName(of: name))'",
            hint: "is this the checkpoint that the configuration describes?")
    }
}
