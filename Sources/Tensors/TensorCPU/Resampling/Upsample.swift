import TensorCore

extension CPUBackend {
    /// Every pixel becomes a cell of factor × factor.
    func upsample(_ x: Input, factor: Int, into y: UnsafeMutablePointer<Float>) {
        let (width, channels) = (x.shape[2], x.shape[3])
        let (rows, source) = (x.shape[0] * x.shape[1], x.pointer)
        let outputRow = width * factor * channels
        forEachRows(of: rows, width: outputRow * factor) { first, count, _ in
            for row in first..<first &+ count {
                let target = y + row &* factor &* outputRow
                for w in 0..<width {
                    let pixel = source + (row &* width &+ w) &* channels
                    for u in 0..<factor {
                        (target + (w &* factor &+ u) &* channels).update(from: pixel, count: channels)
                    }
                }
                for v in 1..<max(factor, 1) { (target + v &* outputRow).update(from: target, count: outputRow) }
            }
        }
    }

    /// Every pixel gets the sum over its cell.
    func upsampleBackward(_ cotangent: Input, factor: Int, into dx: UnsafeMutablePointer<Float>, shape: Shape) {
        let (width, channels) = (shape[2], shape[3])
        let (rows, dy) = (shape[0] * shape[1], cotangent.pointer)
        let outputRow = width * factor * channels
        forEachRows(of: rows, width: outputRow * factor) { first, count, _ in
            for row in first..<first &+ count {
                for w in 0..<width {
                    let target = dx + (row &* width &+ w) &* channels
                    target.update(repeating: 0, count: channels)
                    for v in 0..<factor {
                        let line = dy + (row &* factor &+ v) &* outputRow
                        for u in 0..<factor {
                            Kernels.accumulate(line + (w &* factor &+ u) &* channels, into: target, count: channels)
                        }
                    }
                }
            }
        }
    }
}
