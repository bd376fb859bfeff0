import TensorCore

/// Float32 elements in main memory; goes back to the allocator with the last reference.
final class CPUBuffer: Buffer {
    let count: Int
    /// The elements, aligned to a cache line; written only by the operation that made the buffer.
    let pointer: UnsafeMutablePointer<Float>
    /// Other layouts of the same values.
    ///
    /// Weights are frozen and used in every iteration, so what a kernel derives from them is kept beside them.
    private var derived: [DerivedLayout: CPUBuffer] = [:]

    private let block: BlockAllocator.Block
    private let allocator: BlockAllocator

    init(count: Int, from allocator: BlockAllocator) {
        self.count = count
        self.allocator = allocator
        block = allocator.allocate(bytes: count * MemoryLayout<Float>.stride)
        pointer = block.base.bindMemory(to: Float.self, capacity: count)
    }

    deinit { allocator.release(block) }

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
    /// `[36, O, I]`: 3×3 kernels in the Winograd domain; transposed, `[36, I, O]`.
    case winogradKernel(outputs: Int, inputs: Int, transposed: Bool)
    /// `[I, k, k, O]`: kernels turned by half a circle, inputs and outputs exchanged.
    case turnedKernel(outputs: Int, kernel: Int, inputs: Int)
    /// `[K]`: squared length of every row.
    case squaredLengths(rows: Int)
    /// `[N, G, 2]`: mean and reciprocal deviation of every group.
    case groupStatistics(samples: Int, channels: Int, groups: Int, epsilon: Float)
}
