/// Memory of a backend that holds float32 elements; freed when the last reference goes.
public protocol Buffer: AnyObject {
    /// Number of elements.
    var count: Int { get }
}

/// One input of an operation: a shape over a buffer.
public struct Operand {
    /// Extents.
    public let shape: Shape
    /// The elements, row-major and contiguous.
    public let buffer: any Buffer

    /// Makes an operand.
    public init(shape: Shape, buffer: any Buffer) {
        self.shape = shape
        self.buffer = buffer
    }
}

/// A device that computes operations.
///
/// A backend belongs to one thread at a time; whatever threads it uses inside are its own affair, and its results do
/// not depend on their number. Inputs are never written to. Running out of memory ends the process: the engine is a
/// child process, and that costs one attempt.
public protocol Backend: AnyObject {
    /// Short name for manifests and logs, such as `cpu/openblas-haswell`.
    var name: String { get }

    /// Copies values to the device.
    func upload(_ values: UnsafeBufferPointer<Float>) -> any Buffer

    /// Copies a whole buffer back; `destination` holds exactly as many elements.
    func download(_ buffer: any Buffer, into destination: UnsafeMutableBufferPointer<Float>)

    /// Computes one operation; `shape` is what `operation.outputShape` says of the inputs.
    func execute(_ operation: Operation, _ inputs: [Operand], shape: Shape) -> any Buffer
}
