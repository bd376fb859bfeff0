import TensorCore

/// A backend that only holds tensors: enough to see what layers are made of.
final class HostBackend: Backend {
    private final class Memory: Buffer {
        let values: [Float]
        var count: Int { values.count }
        init(_ values: [Float]) { self.values = values }
    }

    let name = "host"

    func upload(_ values: UnsafeBufferPointer<Float>) -> any Buffer { Memory(Array(values)) }

    func download(_ buffer: any Buffer, into destination: UnsafeMutableBufferPointer<Float>) {
        guard let memory = buffer as? Memory else { preconditionFailure("a buffer of another backend") }
        _ = destination.update(from: memory.values)
    }

    func execute(_ operation: Operation, _ inputs: [Operand], shape: Shape) -> any Buffer {
        preconditionFailure("\(operation): this backend computes nothing")
    }
}
