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
/// not depend on their number. Inputs are never written to, unless that is allowed. Running out of memory ends the process: the engine is a
/// child process, and that costs one attempt.
public protocol Backend: AnyObject {
    /// Short name for manifests and logs, such as `cpu/openblas-haswell`.
    var name: String { get }

    /// Whether results are computed: a rehearsal only takes the memory that they need, and everything is zero.
    var computes: Bool { get }

    /// Copies values to the device.
    func upload(_ values: UnsafeBufferPointer<Float>) -> any Buffer

    /// A buffer of values that never change: `write` writes them when they are first needed, and again after they
    /// were let go.
    func constants(count: Int, _ write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void) -> any Buffer

    /// Lets go of the constants that lie in memory only since `mark`; what was asked for after it is made again on
    /// demand. Returns a mark of this moment.
    @discardableResult
    func letGoOfConstants(madeSince mark: Int?) -> Int

    /// A buffer that `write` fills in `parts` runs of equal length, several at a time where the host has threads for it;
    /// what it writes must depend on the part alone.
    func fill(
        count: Int, parts: Int, _ write: (_ part: Int, _ run: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer

    /// Whether what operations derive from weights stays in memory for the next time, or is derived again.
    func keepDerivedWeights(_ keeps: Bool)

    /// Copies a whole buffer back; `destination` holds exactly as many elements.
    func download(_ buffer: any Buffer, into destination: UnsafeMutableBufferPointer<Float>)

    /// Computes one operation; `shape` is what `operation.outputShape` says of the inputs.
    func execute(_ operation: Operation, _ inputs: [Operand], shape: Shape) -> any Buffer

    /// The same, where nobody reads one of the inputs any more: the result may take its place.
    func execute(
        _ operation: Operation, _ inputs: [Operand], shape: Shape, overwriting place: Int?
    ) -> any Buffer
}

extension Backend {
    /// Most do.
    public var computes: Bool { true }

    /// Makes them at once: nothing is gained on a device that does not share memory with the host.
    public func constants(
        count: Int, _ write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { memory in
            write(memory)
            return upload(UnsafeBufferPointer(memory))
        }
    }

    /// Fills host memory run by run and uploads it.
    public func fill(
        count: Int, parts: Int, _ write: (_ part: Int, _ run: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { memory in
            let each = count / parts
            for part in 0..<parts {
                write(part, UnsafeMutableBufferPointer(rebasing: memory[(part * each)..<((part + 1) * each)]))
            }
            return upload(UnsafeBufferPointer(memory))
        }
    }

    /// Nothing is derived.
    public func keepDerivedWeights(_ keeps: Bool) {}

    /// Takes new memory.
    public func execute(
        _ operation: Operation, _ inputs: [Operand], shape: Shape, overwriting place: Int?
    ) -> any Buffer {
        execute(operation, inputs, shape: shape)
    }

    /// Nothing is let go.
    @discardableResult
    public func letGoOfConstants(madeSince mark: Int?) -> Int { 0 }
}

/// A backend that knows what memory it took; one that does not compute finds out what a computation will need.
public protocol RehearsingBackend: Backend {
    /// The most bytes that were resident at once, for tensors and what operations need besides.
    var greatestBytes: Int { get }
    /// Seconds that the operations rehearsed so far may take; ratios mean more than the figure.
    var expectedSeconds: Double { get }
    /// Forgets all that was rehearsed, constants included; tensors still held stay.
    func rehearseAgain()
}
