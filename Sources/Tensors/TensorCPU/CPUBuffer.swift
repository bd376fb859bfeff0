import TensorCore

/// Float32 elements in main memory; goes back to the allocator with the last reference.
///
/// A buffer of constants has memory only once it is asked for its elements; it must be asked first on the backend's
/// own thread.
final class CPUBuffer: Buffer {
    let count: Int
    /// Other layouts of the same values.
    ///
    /// Weights are frozen and used in every iteration, so what a kernel derives from them is kept beside them.
    private var derived: [DerivedLayout: CPUBuffer] = [:]
    private var block: BlockAllocator.Block?
    private let allocator: BlockAllocator
    private let write: ((UnsafeMutableBufferPointer<Float>) -> Void)?
    /// When the constants were last made, by the allocator's count of such events.
    private var madeAt = 0

    init(count: Int, from allocator: BlockAllocator, for purpose: BlockAllocator.Purpose = .tensor(.lasting)) {
        self.count = count
        self.allocator = allocator
        write = nil
        block = allocator.allocate(bytes: count * MemoryLayout<Float>.stride, for: purpose)
    }

    /// Constants that `write` writes when they are needed.
    init(
        count: Int, from allocator: BlockAllocator, _ write: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        self.count = count
        self.allocator = allocator
        self.write = write
    }

    deinit { if let block { allocator.release(block) } }

    /// The elements, aligned to a cache line; written only by the operation that made the buffer.
    var pointer: UnsafeMutablePointer<Float> { memory(for: .constants) }

    /// The elements; constants that are still to be made go where `purpose` says.
    func memory(for purpose: BlockAllocator.Purpose) -> UnsafeMutablePointer<Float> {
        if let block { return block.base.assumingMemoryBound(to: Float.self) }
        guard let write else { preconditionFailure("only constants are without memory") }
        let made = allocator.allocate(bytes: count * MemoryLayout<Float>.stride, for: purpose)
        let memory = made.base.bindMemory(to: Float.self, capacity: count)
        write(UnsafeMutableBufferPointer(start: memory, count: count))
        block = made
        madeAt = allocator.noteConstants()
        return memory
    }

    /// Lets go of constants that were made after `mark`, and of what was derived from them since.
    func letGo(madeSince mark: Int) {
        guard write != nil, madeAt > mark else { return }
        derived = [:]
        letGo()
    }

    /// Lets go of constants that can be made again; what was derived from them stays.
    func letGo() {
        guard write != nil, let block else { return }
        allocator.release(block)
        self.block = nil
    }

    /// Lets go of kernels that are transformed again when they are needed.
    func letGoOfTransforms() {
        derived = derived.filter {
            switch $0.key {
            case .winogradKernel, .polyphaseKernel: false
            default: true
            }
        }
    }

    /// Forgets what was derived from elements that are overwritten.
    func letGoOfDerived() { derived = [:] }

    /// The elements, to be read.
    var elements: UnsafePointer<Float> { UnsafePointer(pointer) }

    /// The layout kept from an earlier use, or the one that `make` computes now.
    func layout(_ layout: DerivedLayout, make: () -> CPUBuffer) -> CPUBuffer {
        if let kept = derived[layout] { return kept }
        let made = make()
        derived[layout] = made
        return made
    }
}

/// What can be derived from a buffer once and kept with it.
enum DerivedLayout: Hashable {
    /// `[36 or 64, O, I]`: 3×3 kernels in the Winograd domain; transposed, `[36 or 64, I, O]`.
    case winogradKernel(WinogradTile, outputs: Int, inputs: Int, transposed: Bool)
    /// `[81, O, I]`: what 3×3 kernels are to an enlarged picture, in the Winograd domain; transposed, `[81, I, O]`.
    case polyphaseKernel(outputs: Int, inputs: Int, transposed: Bool)
    /// `[I, k, k, O]`: kernels turned by half a circle, inputs and outputs exchanged.
    case turnedKernel(outputs: Int, kernel: Int, inputs: Int)
    /// `[K]`: squared length of every row.
    case squaredLengths(rows: Int)
    /// `[N, G, 2]`: mean and reciprocal deviation of every group.
    case groupStatistics(samples: Int, channels: Int, groups: Int, epsilon: Float)
}
