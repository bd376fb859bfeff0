import COpenBLAS
public import TensorCore

/// Computes operations on the processor: matrix products through OpenBLAS, everything else by its own SIMD kernels.
///
/// One pool of threads splits every operation into chunks of fixed size, so results are the same bits for any number
/// of threads. A backend belongs to one thread at a time.
public final class CPUBackend: Backend {
    /// `cpu/openblas-` and the name of the kernels that OpenBLAS chose for this processor.
    public let name: String

    /// Number of threads that compute, the caller's included.
    public var threads: Int { pool.lanes }

    /// Whether operations are computed; a rehearsal takes their memory and leaves it as it is.
    public let computes: Bool

    private(set) var keepsTransformedKernels = true
    /// Of what a rehearsal was asked for.
    public internal(set) var expectedSeconds = 0.0

    let pool: ThreadPool
    let allocator: BlockAllocator
    private var constants: [Weak] = []

    private struct Weak {
        weak var buffer: CPUBuffer?
    }

    /// Makes a backend.
    ///
    /// - Parameter threads: how many threads compute; by default as many as the process may run on.
    public convenience init(threads: Int? = nil) { self.init(threads: threads, computes: true) }

    init(threads: Int?, computes: Bool) {
        // One owner of parallelism: each pool thread calls OpenBLAS on its own chunk.
        openblas_set_num_threads(1)
        // OpenBLAS counts the processors this process may run on: a job scheduler often grants fewer than there are.
        pool = ThreadPool(lanes: threads ?? max(1, Int(openblas_get_num_procs())), isIdle: !computes)
        allocator = BlockAllocator(hugePages: computes)
        self.computes = computes
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        name = "cpu/openblas-" + core.lowercased()
    }

    /// Copies values into a new buffer.
    public func upload(_ values: UnsafeBufferPointer<Float>) -> any Buffer {
        let buffer = allocate(values.count)
        if computes, let base = values.baseAddress { buffer.pointer.update(from: base, count: values.count) }
        return buffer
    }

    /// Fills a new buffer over the pool.
    public func fill(
        count: Int, parts: Int, _ write: (_ part: Int, _ run: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        let (buffer, each) = (allocate(count), count / parts)
        let memory = buffer.pointer
        pool.run(chunks: parts) { part, _ in
            write(part, UnsafeMutableBufferPointer(start: memory + part &* each, count: each))
        }
        return buffer
    }

    /// A buffer of constants; their memory is taken when an operation first reads them.
    public func constants(
        count: Int, _ write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> any Buffer {
        let buffer = CPUBuffer(count: count, from: allocator, computes ? write : { _ in })
        constants.append(Weak(buffer: buffer))
        return buffer
    }

    /// Lets go of the constants made since a mark, and returns a new one.
    @discardableResult
    public func letGoOfConstants(madeSince mark: Int?) -> Int {
        constants.removeAll { $0.buffer == nil }
        if let mark {
            for constant in constants { constant.buffer?.letGo(madeSince: mark) }
            allocator.trim()
        }
        return allocator.constantsMade
    }

    /// Whether kernels transformed for Winograd's method stay in memory: they are four to nine times as large as the weights.
    public func keepDerivedWeights(_ keeps: Bool) {
        if keepsTransformedKernels, !keeps {
            for constant in constants { constant.buffer?.letGoOfTransforms() }
            allocator.trim()
        }
        keepsTransformedKernels = keeps
    }

    /// Copies a buffer's elements out.
    public func download(_ buffer: any Buffer, into destination: UnsafeMutableBufferPointer<Float>) {
        let source = CPUBackend.memory(of: buffer)
        precondition(
            destination.count == source.count, "\(source.count) elements do not fit \(destination.count) places")
        guard computes else { return destination.update(repeating: 0) }
        if let base = destination.baseAddress { base.update(from: source.elements, count: source.count) }
    }

    /// A new buffer with arbitrary contents.
    func allocate(_ count: Int, for purpose: BlockAllocator.Purpose = .tensor(.lasting)) -> CPUBuffer {
        CPUBuffer(count: count, from: allocator, for: purpose)
    }

    static func memory(of buffer: any Buffer) -> CPUBuffer {
        guard let memory = buffer as? CPUBuffer else {
            preconditionFailure("a \(type(of: buffer)) does not lie in main memory; download it first")
        }
        return memory
    }
}

extension CPUBackend {
    /// Splits `count` items into runs of `size` and computes them on the pool.
    func forEachChunk(of count: Int, size: Int, _ body: (_ start: Int, _ count: Int, _ lane: Int) -> Void) {
        pool.run(chunks: (count + size - 1) / size) { chunk, lane in
            let start = chunk &* size
            body(start, min(size, count &- start), lane)
        }
    }

    /// Splits rows so that one chunk holds about `elements` elements.
    func forEachRows(
        of rows: Int, width: Int, elements: Int = Limits.elementwiseChunk,
        _ body: (_ start: Int, _ count: Int, _ lane: Int) -> Void
    ) {
        forEachChunk(of: rows, size: max(1, elements / max(width, 1)), body)
    }

    /// Memory for the duration of `body`, `count` floats for every lane that can be busy with `chunks` chunks.
    func withScratch(_ count: Int, chunks: Int = .max, _ body: (Scratch) -> Void) {
        let stride = (count + 15) / 16 * 16
        let buffer = allocate(stride * min(pool.lanes, chunks), for: .tensor(.passing))
        withExtendedLifetime(buffer) { body(Scratch(base: buffer.pointer, stride: stride)) }
    }
}

/// Memory of which every lane of the pool has a part of its own.
struct Scratch {
    let base: UnsafeMutablePointer<Float>
    let stride: Int

    subscript(lane: Int) -> UnsafeMutablePointer<Float> { base + lane &* stride }
}
