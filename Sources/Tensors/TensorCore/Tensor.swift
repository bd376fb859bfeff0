/// An immutable float32 array on a backend, with a place on the tape if a gradient may flow through it.
///
/// Value semantics over shared memory. Deliberately not `Sendable`: a tensor stays with the thread that owns its
/// backend; `[Float]` crosses.
public struct Tensor {
    /// Extents, channels last.
    public let shape: Shape
    /// The elements on the device.
    public let buffer: any Buffer
    /// Where the elements lie and who computes.
    public let backend: any Backend
    /// The tape's record of how it came about; nil for constants and weights.
    let node: Node?
    /// How the elements are computed again where the tape does not keep them.
    private let remake: (() -> Tensor)?

    init(
        shape: Shape, buffer: any Buffer, backend: any Backend, node: Node?, remake: (() -> Tensor)? = nil
    ) {
        precondition(buffer.count == shape.count, "\(buffer.count) elements cannot have shape \(shape)")
        self.shape = shape
        self.buffer = buffer
        self.backend = backend
        self.node = node
        self.remake = remake
    }

    /// Uploads values as a constant; `values.count` must be `shape.count`.
    public init(_ values: [Float], shape: Shape, on backend: any Backend) {
        precondition(values.count == shape.count, "\(values.count) values cannot have shape \(shape)")
        self.init(
            shape: shape, buffer: values.withUnsafeBufferPointer { backend.upload($0) }, backend: backend, node: nil)
    }

    /// Uploads values from memory that is only borrowed, such as a mapped file; `values.count` must be `shape.count`.
    public init(copying values: UnsafeBufferPointer<Float>, shape: Shape, on backend: any Backend) {
        precondition(values.count == shape.count, "\(values.count) values cannot have shape \(shape)")
        self.init(shape: shape, buffer: backend.upload(values), backend: backend, node: nil)
    }

    /// A constant whose values are written when they are first needed, and again after the backend let them go.
    ///
    /// `write` fills memory of `shape.count` elements with the same values every time, on the thread of the backend.
    public init(
        constant shape: Shape, on backend: any Backend, write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        self.init(shape: shape, buffer: backend.constants(count: shape.count, write), backend: backend, node: nil)
    }

    /// A constant that `write` fills in `parts` runs of equal length, several at a time where the host has threads.
    ///
    /// What is written must depend on the part alone; `parts` divides `shape.count`.
    public init(
        shape: Shape, on backend: any Backend, parts: Int,
        write: (_ part: Int, _ run: UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        precondition(parts > 0 && shape.count % parts == 0, "\(shape) has no \(parts) runs of equal length")
        let buffer = backend.fill(count: shape.count, parts: parts, write)
        self.init(shape: shape, buffer: buffer, backend: backend, node: nil)
    }

    /// A constant with every element equal to `value`.
    public init(repeating value: Float, shape: Shape, on backend: any Backend) {
        self.init([Float](repeating: value, count: shape.count), shape: shape, on: backend)
    }

    /// The elements, row-major.
    public var values: [Float] {
        [Float](unsafeUninitializedCapacity: shape.count) { memory, count in
            backend.download(buffer, into: UnsafeMutableBufferPointer(rebasing: memory[0..<shape.count]))
            count = shape.count
        }
    }

    /// The only element of a scalar.
    public var scalar: Float {
        precondition(shape.count == 1, "\(shape) is not a scalar")
        return values[0]
    }

    /// Whether a gradient can flow through this tensor.
    public var isTracked: Bool { node != nil }

    /// The same elements as a leaf of the tape: `gradient(of:withRespectTo:)` can ask for its gradient.
    public func tracked() -> Tensor {
        Tensor(shape: shape, buffer: buffer, backend: backend, node: Node(leafOf: shape))
    }

    /// The same elements without a past: nothing flows back through it.
    public func detached() -> Tensor {
        Tensor(shape: shape, buffer: buffer, backend: backend, node: nil, remake: remake)
    }

    /// The same tensor for the tape not to keep: where the way back wants its elements, `make` computes them again.
    ///
    /// `make` gives the very same elements, and is called at most once for every operation that takes this tensor.
    public func remade(by make: @escaping () -> Tensor) -> Tensor {
        Tensor(shape: shape, buffer: buffer, backend: backend, node: node, remake: make)
    }

    /// The same place on the tape without the elements, which are at hand only where the tape wants them.
    ///
    /// Operations of a hollow tensor are recorded and not computed, and what they give is hollow as well. So a piece of
    /// network whose result is known, or not wanted, is put on the tape for nothing. What its operations save must be
    /// at hand: the tensor itself is, everything else has to be `remade(by:)`.
    public func hollowed() -> Tensor {
        let elements = saved
        return Tensor(
            shape: shape, buffer: HollowBuffer(count: shape.count), backend: backend, node: node, remake: elements)
    }

    /// Whether the elements are not at hand.
    public var isHollow: Bool { buffer is HollowBuffer }

    /// The elements of a hollow tensor, without its place on the tape; of another one the tensor without a past.
    public var solid: Tensor { saved() }

    /// What the tape keeps: the elements, or how to compute them again.
    var saved: () -> Tensor {
        if let remake { return { remake().detached() } }
        let kept = detached()
        return { kept }
    }

    /// The same elements under another shape of equal count.
    public func reshaped(to newShape: Shape) -> Tensor {
        precondition(newShape.count == shape.count, "\(shape) cannot become \(newShape)")
        let oldShape = shape
        let node = node.map { Node(inputs: [$0]) { [$0.take().reshaped(to: oldShape)] } }
        return Tensor(shape: newShape, buffer: buffer, backend: backend, node: node)
    }

    /// Computes an operation and, if an input is tracked, records it on the tape.
    public static func apply(_ operation: Operation, _ inputs: [Tensor]) -> Tensor {
        apply(operation, inputs, overwriting: nil)
    }

    /// The result may take the place of an input that nobody reads afterwards.
    static func apply(_ operation: Operation, _ inputs: [Tensor], overwriting place: Int?) -> Tensor {
        precondition(!inputs.isEmpty, "\(operation) needs an input")
        let backend = inputs[0].backend
        precondition(inputs.allSatisfy { $0.backend === backend }, "\(operation): inputs lie on different backends")
        let shape = operation.outputShape(inputs.map(\.shape))
        let buffer: any Buffer
        if inputs.contains(where: \.isHollow) {
            buffer = HollowBuffer(count: shape.count)
        } else {
            let operands = inputs.map { Operand(shape: $0.shape, buffer: $0.buffer) }
            buffer = backend.execute(operation, operands, shape: shape, overwriting: place)
        }
        let result = Tensor(shape: shape, buffer: buffer, backend: backend, node: nil)
        guard inputs.contains(where: \.isTracked) else { return result }
        let pullback = operation.pullback(inputs: inputs.map { $0.detached() }, output: result)
        return Tensor(
            shape: shape, buffer: result.buffer, backend: backend,
            node: Node(inputs: inputs.map(\.node), pullback: pullback))
    }

    /// The value of this tensor with the gradient of another: the straight-through estimator.
    ///
    /// What flows back goes to `target` unchanged and not to this tensor.
    public func passingGradient(to target: Tensor) -> Tensor {
        precondition(shape == target.shape, "straight-through needs equal shapes, got \(shape) and \(target.shape)")
        let node = target.node.map { Node(inputs: [$0]) { [$0.take()] } }
        return Tensor(shape: shape, buffer: buffer, backend: backend, node: node)
    }

    /// This scalar as a function of `input` whose gradient was computed before.
    ///
    /// A loss over many views can so be differentiated in parts, each of which frees its own tape: their gradients are
    /// added up and attached to the loss in the end.
    /// - Parameters:
    ///   - gradient: the derivative of this scalar, of the shape of `input`.
    ///   - input: what the scalar depends on.
    /// - Returns: the same value, on the tape of `input` alone.
    public func withGradient(_ gradient: Tensor, of input: Tensor) -> Tensor {
        precondition(shape.count == 1, "only a scalar is given a gradient, not a \(shape)")
        precondition(gradient.shape == input.shape, "a gradient \(gradient.shape) of an input \(input.shape)")
        let known = gradient.detached()
        let node = input.node.map { node in
            Node(inputs: [node], isLending: true) { cotangent in
                let factor = cotangent.take().scalar
                return [factor == 1 ? known : known.affine(scale: factor)]
            }
        }
        return Tensor(shape: shape, buffer: buffer, backend: backend, node: node)
    }
}

/// The place of elements that are not there.
private final class HollowBuffer: Buffer {
    let count: Int

    init(count: Int) { self.count = count }
}
