import TensorCore

extension CPUBackend {
    /// Unfolds every window into a row, then multiplies by the weights `[O, k·k·I]`.
    ///
    /// The unfolded picture is `k²` times as large as the picture: it is made and used up in blocks of pixels.
    func convolveUnfolded(
        _ extents: ConvolutionExtents, _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
    ) {
        let (window, outputs, pixels) = (extents.window, extents.outputs, extents.outputPixels)
        let block = min(pixels, max(Limits.unfoldedRows, Limits.unfoldedBlock / window))
        withScratch(block * window, chunks: 1) { scratch in
            let unfolded = scratch[0]
            for first in stride(from: 0, to: pixels, by: block) {
                let count = min(block, pixels - first)
                forEachRows(of: count, width: window) { start, rows, _ in
                    for row in start..<start &+ rows {
                        Kernels.unfold(x, extents, pixel: first &+ row, into: unfolded + row &* window)
                    }
                }
                multiply(
                    Matrix(unfolded, stride: window), Matrix(weight, stride: window, transposed: true), m: count,
                    n: outputs, k: window, bias: bias, into: y + first * outputs, stride: outputs)
            }
        }
    }

    /// `dx` of a convolution of any stride: `D = dy·W` gives what every output pixel passes to every tap, and each
    /// input row gathers what falls on it.
    func fold(
        _ extents: ConvolutionExtents, weight: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>,
        into dx: UnsafeMutablePointer<Float>
    ) {
        let perSample = extents.outputHeight * extents.outputWidth
        let batch = min(extents.samples, max(1, Limits.foldedBlock / (perSample * extents.window)))
        withScratch(batch * perSample * extents.window, chunks: 1) { scratch in
            let products = scratch[0]
            for first in stride(from: 0, to: extents.samples, by: batch) {
                let count = min(batch, extents.samples - first)
                multiply(
                    Matrix(cotangent + first * perSample * extents.outputs, stride: extents.outputs),
                    Matrix(weight, stride: extents.window), m: count * perSample, n: extents.window,
                    k: extents.outputs, into: products, stride: extents.window)
                let width = extents.width * extents.inputs
                let picture = dx + first * extents.height * width
                forEachRows(of: count * extents.height, width: width) { start, rows, _ in
                    for row in start..<start &+ rows {
                        Kernels.gather(
                            products + row / extents.height &* perSample &* extents.window, extents,
                            row: row % extents.height, into: picture + row &* width)
                    }
                }
            }
        }
    }
}

extension Kernels {
    /// The window of one output pixel (counted over the batch) as a row `[k, k, I]`, zeros outside the picture.
    static func unfold(
        _ x: UnsafePointer<Float>, _ extents: ConvolutionExtents, pixel: Int, into row: UnsafeMutablePointer<Float>
    ) {
        let (kernel, inputs) = (extents.geometry.kernel, extents.inputs)
        let line = pixel / extents.outputWidth
        let left = pixel % extents.outputWidth &* extents.geometry.stride &- extents.geometry.paddingBefore
        let top = line % extents.outputHeight &* extents.geometry.stride &- extents.geometry.paddingBefore
        let picture = x + line / extents.outputHeight &* extents.height &* extents.width &* inputs
        // Columns before `head` and from `tail` on lie outside the picture.
        let head = min(kernel, max(0, 0 &- left))
        let tail = max(head, min(kernel, extents.width &- left))
        var target = row
        for v in 0..<kernel {
            let h = top &+ v
            if h < 0 || h >= extents.height || head == tail {
                target.update(repeating: 0, count: kernel &* inputs)
            } else {
                target.update(repeating: 0, count: head &* inputs)
                let source = picture + (h &* extents.width &+ left &+ head) &* inputs
                (target + head &* inputs).update(from: source, count: (tail &- head) &* inputs)
                (target + tail &* inputs).update(repeating: 0, count: (kernel &- tail) &* inputs)
            }
            target += kernel &* inputs
        }
    }

    /// One input row: the sum of the products `[H', W', k, k, I]` of a sample that fall on it, in a fixed order.
    static func gather(
        _ products: UnsafePointer<Float>, _ extents: ConvolutionExtents, row: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let (kernel, inputs, geometry) = (extents.geometry.kernel, extents.inputs, extents.geometry)
        target.update(repeating: 0, count: extents.width &* inputs)
        for v in 0..<kernel {
            let offset = row &+ geometry.paddingBefore &- v
            guard offset >= 0, offset % geometry.stride == 0, offset / geometry.stride < extents.outputHeight else {
                continue
            }
            let line = products + (offset / geometry.stride &* extents.outputWidth) &* extents.window
            for w in 0..<extents.outputWidth {
                let left = w &* geometry.stride &- geometry.paddingBefore
                let head = min(kernel, max(0, 0 &- left))
                let tail = max(head, min(kernel, extents.width &- left))
                let source = line + (w &* extents.window &+ (v &* kernel &+ head) &* inputs)
                accumulate(source, into: target + (left &+ head) &* inputs, count: (tail &- head) &* inputs)
            }
        }
    }
}
