import TensorCore

extension CPUBackend {
    /// A convolution to very few channels: `Z = x·Wᵀ` with `W [O·k·k, I]` holds what every pixel gives to every tap,
    /// and each output pixel adds up its `k²` neighbours.
    ///
    /// The picture is read once instead of `k²` times. Each chunk computes a band of output rows from its own rows
    /// of `Z`; the overlap of neighbouring bands is computed twice.
    func convolveByTaps(
        _ extents: ConvolutionExtents, _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        let kernel = extents.geometry.kernel
        let columns = extents.outputs * kernel * kernel
        let perRow = extents.width * columns
        let band = min(extents.outputHeight, max(4 * kernel, Limits.tapBand / perRow))
        let bands = (extents.outputHeight + band - 1) / band
        let chunks = extents.samples * bands
        withScratch((band + kernel - 1) * perRow, chunks: chunks) { scratch in
            pool.run(chunks: chunks) { chunk, lane in
                let (sample, first) = (chunk / bands, chunk % bands &* band)
                let rows = min(band, extents.outputHeight &- first)
                let top = max(0, first &- extents.geometry.paddingBefore)
                let bottom = min(extents.height, first &- extents.geometry.paddingBefore &+ rows &+ kernel &- 1)
                let products = scratch[lane]
                if bottom > top {
                    let source = x + (sample &* extents.height &+ top) &* extents.width &* extents.inputs
                    Kernels.multiply(
                        Matrix(source, stride: extents.inputs),
                        Matrix(weight, stride: extents.inputs, transposed: true),
                        m: (bottom &- top) &* extents.width, n: columns, k: extents.inputs, into: products,
                        stride: columns)
                }
                for row in first..<first &+ rows {
                    let line = sample &* extents.outputHeight &+ row
                    Kernels.addTaps(
                        products - top &* perRow, extents, row: row, bias: bias,
                        into: y + line &* extents.outputWidth &* extents.outputs)
                }
            }
        }
    }
}

extension Kernels {
    /// One output row from `Z [H, W, O, k, k]` of a sample.
    static func addTaps(
        _ products: UnsafePointer<Float>, _ extents: ConvolutionExtents, row: Int, bias: UnsafePointer<Float>?,
        into target: UnsafeMutablePointer<Float>
    ) {
        let (kernel, outputs, padding) = (extents.geometry.kernel, extents.outputs, extents.geometry.paddingBefore)
        let taps = kernel &* kernel
        for w in 0..<extents.outputWidth {
            for o in 0..<outputs {
                var sum: Float = bias.map { $0[o] } ?? 0
                for v in 0..<kernel {
                    let h = row &+ v &- padding
                    if h < 0 || h >= extents.height { continue }
                    for u in 0..<kernel {
                        let column = w &+ u &- padding
                        if column < 0 || column >= extents.width { continue }
                        let pixel = h &* extents.width &+ column
                        sum += products[(pixel &* outputs &+ o) &* taps &+ v &* kernel &+ u]
                    }
                }
                target[w &* outputs &+ o] = sum
            }
        }
    }
}
