import TensorCore

/// A matrix of which each row is used only between its first and its last entry that is not zero.
///
/// The matrices of filters and resizing are narrow bands.
private struct BandedRows {
    let base: UnsafePointer<Float>
    let columns: Int
    let ranges: [Range<Int>]

    init(_ matrix: Input) {
        let (base, columns) = (matrix.pointer, matrix.shape[1])
        self.base = base
        self.columns = columns
        ranges = (0..<matrix.shape[0]).map { row in
            let line = base + row * columns
            guard let first = (0..<columns).first(where: { line[$0] != 0 }) else { return 0..<0 }
            let last = (0..<columns).last { line[$0] != 0 } ?? first
            return first..<last + 1
        }
    }
}

extension CPUBackend {
    /// `y[n] = a · x[n] · bᵀ` for every channel: first along the height, then along the width.
    func separable(_ x: Input, rows: Input, columns: Input, into y: UnsafeMutablePointer<Float>) {
        let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (outputHeight, outputWidth) = (rows.shape[0], columns.shape[0])
        let (vertical, horizontal) = (BandedRows(rows), BandedRows(columns))
        let source = x.pointer
        withScratch(width * channels) { scratch in
            forEachRows(of: samples * outputHeight, width: outputWidth * channels) { first, count, lane in
                let line = scratch[lane]
                for row in first..<first &+ count {
                    let picture = source + row / outputHeight &* height &* width &* channels
                    let weights = vertical.base + row % outputHeight &* height
                    line.update(repeating: 0, count: width &* channels)
                    for h in vertical.ranges[row % outputHeight] {
                        Kernels.accumulate(
                            weights[h], picture + h &* width &* channels, into: line, count: width &* channels)
                    }
                    let target = y + row &* outputWidth &* channels
                    target.update(repeating: 0, count: outputWidth &* channels)
                    for w in 0..<outputWidth {
                        let (weights, place) = (horizontal.base + w &* width, target + w &* channels)
                        for k in horizontal.ranges[w] {
                            let pixel = line + k &* channels
                            for c in 0..<channels { place[c] += weights[k] * pixel[c] }
                        }
                    }
                }
            }
        }
    }
}
