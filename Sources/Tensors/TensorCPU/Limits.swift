/// Sizes of chunks and bounds of caches, in one place.
///
/// Every chunk size is a function of the problem alone: results do not depend on the number of threads, because no
/// sum is ever split differently.
enum Limits {
    /// Elements of one chunk of an elementwise operation: input and output stay in a core's second-level cache.
    static let elementwiseChunk = 32_768
    /// Most rows and columns of one chunk of a matrix product: every chunk copies its part of both factors.
    static let productRows = 448
    static let productColumns = 768
    /// A product is cut further until it has this many chunks, or chunks of this many multiplications.
    static let productChunks = 8
    static let productWork = 1 << 23
    /// Fewest elements of a chunk that is cut: smaller ones would mostly copy.
    static let productArea = 256 * 128
    /// A chunk of so many columns is not made narrower any more, but lower.
    static let productLeastColumns = 96
    /// Floats of the unfolded pictures that lie in memory at once, unless they are fewer rows than the second bound.
    static let unfoldedBlock = 1 << 20
    static let unfoldedRows = 1024
    /// Floats of the products that one band of a convolution by taps holds.
    static let tapBand = 1 << 17
    /// Elements of a kernel that is not turned for the input gradient.
    static let turnedElements = 1 << 20
    /// Floats of the products of a transposed convolution that lie in memory at once; one picture may exceed it.
    static let foldedBlock = 1 << 24
    /// Tiles of one Winograd block: fewer make thin matrix products, more leave the cache.
    static let winogradBlock = 28
    /// The same for large tiles, whose 64 positions fill a core's second-level cache sooner.
    static let winogradLargeTileBlock = 16
    /// Pixels from which on large tiles pay, and inputs times outputs up to which they do: beyond, a position's kernel
    /// and tiles do not stay in cache together.
    static let winogradLargeTilePixels = 1 << 17
    static let winogradLargeTileKernel = 256 * 128
    /// Multiplications of one product of a block.
    ///
    /// OpenBLAS's kernels for AVX-512 take products of up to a million without copying the factors first, which is a
    /// fifth faster at these sizes; its other kernels do not mind.
    static let winogradProduct = 1_000_000
    /// Smallest number of tiles that is worth transforming; below it the kernels' own traffic dominates.
    static let winogradMinimum = 32
    /// Inputs times outputs from which on a kernel is large: its transform, four times as large, must serve more tiles.
    static let winogradLargeKernel = 1 << 18
    static let winogradLargeMinimum = 64
    /// Tiles from which on such a kernel is transformed as a whole, and from which on the forward convolution has
    /// transformed kernels of any size of its own, in the better layout.
    static let winogradWholeKernel = 256
    /// Output channels whose part of such a kernel is transformed at a time, to stay in cache.
    static let winogradSlice = 32
    /// Tiles of a picture to be enlarged from which on it is convolved by phases, whose kernels are more than twice as
    /// large.
    static let polyphaseMinimum = 256
    /// Tiles of one such block.
    static let polyphaseBlock = 28
    /// Most output channels for which a convolution is computed tap by tap.
    static let tapOutputs = 8
    /// Longest sequence whose attention is computed by one thread at a time.
    static let attentionSequence = 320
    /// Heads of all samples that are shared out whole.
    static let attentionHeads = 8
    /// Most probabilities of one head that are kept on the way back, 8 MiB: beyond they are computed twice.
    static let attentionSquare = 1 << 21
    /// Queries and keys of one block of such a long sequence.
    static let attentionBlock = 256
    /// Query or key rows of one chunk of a longer sequence.
    static let attentionRows = 64
    /// Pixels whose statistics are summed in single precision before they join a double.
    static let statisticsRun = 32
    /// Pixels of one chunk of a normalisation, in elements.
    static let normalizationChunk = 32_768
    /// Rows of the codebook searched by one chunk.
    static let codebookRows = 512
    /// Rows of z compared with the codebook at once.
    static let codeRows = 256
    /// How often a thread that waits for the others offers its processor before it goes to sleep, and how often it
    /// looks between two offers: some fifty microseconds.
    static let poolWatches = 64
    static let poolLooks = 128
    /// Stack of a pool thread, in bytes.
    static let threadStack = 8 << 20
    /// Addresses that a backend reserves for its memory, and the fewest it makes do with.
    static let reservedBytes = 1 << 37
    static let leastReservedBytes = 1 << 30
    /// Bytes of a gap among passing blocks that takes lasting ones as well.
    static let sharedGap = 64 << 20
    /// Bytes in which resident memory is counted.
    static let residentStretch = 1 << 16
}
