import Glibc
public import TensorCore

/// Wall time and processor time of the whole process, in seconds.
struct Instant {
    let wall: Double
    let cpu: Double

    /// The present.
    static func now() -> Instant {
        func read(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        return Instant(wall: read(CLOCK_MONOTONIC), cpu: read(CLOCK_PROCESS_CPUTIME_ID))
    }
}

/// A backend that lets another one compute and notes how long each operation took.
///
/// The loop under it is the very loop that renders, so nothing measured here is a copy.
public final class OperationClock: Backend {
    /// What was asked for, and how long it took.
    struct Sample {
        let operation: Operation
        let inputs: [Shape]
        let output: Shape
        let wall: Double
        let cpu: Double
    }

    private let backend: any Backend
    private(set) var samples: [Sample] = []

    /// Times a backend.
    public init(_ backend: any Backend) { self.backend = backend }

    /// The name of the backend that computes.
    public var name: String { backend.name }

    /// Whether the backend computes.
    public var computes: Bool { backend.computes }

    /// Forgets what was noted.
    func reset() { samples = [] }

    /// Passes through.
    public func upload(_ values: UnsafeBufferPointer<Float>) -> any Buffer { backend.upload(values) }

    /// Passes through.
    public func fill(
        count: Int, parts: Int, _ write: (_ part: Int, _ run: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        backend.fill(count: count, parts: parts, write)
    }

    /// Passes through.
    public func constants(
        count: Int, _ write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        backend.constants(count: count, write)
    }

    /// Passes through.
    @discardableResult
    public func letGoOfConstants(madeSince mark: Int?) -> Int { backend.letGoOfConstants(madeSince: mark) }

    /// Passes through.
    public func keepDerivedWeights(_ keeps: Bool) { backend.keepDerivedWeights(keeps) }

    /// Passes through.
    public func download(_ buffer: any Buffer, into destination: UnsafeMutableBufferPointer<Float>) {
        backend.download(buffer, into: destination)
    }

    /// Computes and notes.
    public func execute(_ operation: Operation, _ inputs: [Operand], shape: Shape) -> any Buffer {
        execute(operation, inputs, shape: shape, overwriting: nil)
    }

    /// Computes and notes.
    public func execute(
        _ operation: Operation, _ inputs: [Operand], shape: Shape, overwriting place: Int?
    ) -> any Buffer {
        let start = Instant.now()
        let result = backend.execute(operation, inputs, shape: shape, overwriting: place)
        let end = Instant.now()
        samples.append(
            Sample(
                operation: operation, inputs: inputs.map(\.shape), output: shape, wall: end.wall - start.wall,
                cpu: end.cpu - start.cpu))
        return result
    }
}
