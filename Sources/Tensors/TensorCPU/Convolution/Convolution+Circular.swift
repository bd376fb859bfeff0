import TensorCore

extension CPUBackend {
    /// A convolution of pictures without borders: of a copy with margins, without padding.
    ///
    /// The copy is one pass over the picture, a few hundredths of the convolution itself; every way of computing then
    /// serves as it is, and convolutions with zeros around pay nothing.
    func convolveCircular(
        _ x: Input, weight: Input, bias: Input?, summand: Input?, _ geometry: Convolution,
        into y: UnsafeMutablePointer<Float>
    ) {
        let margins = Margins(before: geometry.paddingBefore, after: geometry.paddingAfter, geometry.circular)
        convolve(
            withMargins(x, margins), weight: weight, bias: bias, summand: summand, geometry.unpadded, into: y)
    }

    /// Its input gradient.
    ///
    /// Where the size stays this is such a convolution again, with turned kernels; elsewhere what falls on the
    /// margins is added to the pixels that they repeat.
    func convolveCircularBackward(
        weight: Input, _ cotangent: Input, _ geometry: Convolution, into dx: UnsafeMutablePointer<Float>, shape: Shape
    ) {
        let (before, after, overhang) = (geometry.paddingBefore, geometry.paddingAfter, geometry.kernel - 1)
        if geometry.stride == 1, before + after == overhang {
            let margins = Margins(before: overhang - before, after: overhang - after, geometry.circular)
            convolveMirrored(
                weight: weight, withMargins(cotangent, margins), geometry.unpadded, into: dx, samples: shape[0])
            return
        }
        let margins = Margins(before: before, after: after, geometry.circular)
        let wide: Shape = [shape[0], shape[1] + before + after, shape[2] + before + after, shape[3]]
        let gradient = allocate(wide.count, for: .tensor(.passing))
        convolveBackward(weight: weight, cotangent, geometry.unpadded, into: gradient.pointer, shape: wide)
        addMargins(Input(shape: wide, buffer: gradient), margins, into: dx, shape: shape)
    }

    /// Pictures `[N, H, W, C]` with margins around.
    private func withMargins(_ x: Input, _ margins: Margins) -> Input {
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        let wide: Shape = [x.shape[0], height + margins.total, width + margins.total, channels]
        let copy = allocate(wide.count, for: .tensor(.passing))
        let source = x.pointer
        forEachRows(of: wide[0] * wide[1], width: wide[2] * channels) { start, rows, _ in
            for row in start..<start &+ rows {
                let target = copy.pointer + row &* wide[2] &* channels
                guard let v = margins.source(of: row % wide[1], extent: height, circular: .vertical) else {
                    target.update(repeating: 0, count: wide[2] &* channels)
                    continue
                }
                let line = source + (row / wide[1] &* height &+ v) &* width &* channels
                (target + margins.before &* channels).update(from: line, count: width &* channels)
                for column in margins.columns(of: wide[2]) {
                    let place = target + column &* channels
                    if let u = margins.source(of: column, extent: width, circular: .horizontal) {
                        place.update(from: line + u &* channels, count: channels)
                    } else {
                        place.update(repeating: 0, count: channels)
                    }
                }
            }
        }
        return Input(shape: wide, buffer: copy)
    }

    /// The adjoint of `withMargins`: every pixel gets the sum of what lies on it and on its repetitions.
    private func addMargins(
        _ wide: Input, _ margins: Margins, into target: UnsafeMutablePointer<Float>, shape: Shape
    ) {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        let source = wide.pointer
        // One sample a chunk: rows of the margins fall on rows far away.
        forEachChunk(of: shape[0], size: 1) { first, count, _ in
            for sample in first..<first &+ count {
                let picture = target + sample &* height &* width &* channels
                picture.update(repeating: 0, count: height &* width &* channels)
                for row in 0..<wide.shape[1] {
                    guard let v = margins.source(of: row, extent: height, circular: .vertical) else { continue }
                    let line = source + (sample &* wide.shape[1] &+ row) &* wide.shape[2] &* channels
                    for column in 0..<wide.shape[2] {
                        guard let u = margins.source(of: column, extent: width, circular: .horizontal) else { continue }
                        Kernels.accumulate(
                            line + column &* channels, into: picture + (v &* width &+ u) &* channels, count: channels)
                    }
                }
            }
        }
    }
}

/// Margins around a picture, as wide on either axis.
private struct Margins {
    let before: Int
    let after: Int
    let circular: CircularAxes

    init(before: Int, after: Int, _ circular: CircularAxes) {
        (self.before, self.after, self.circular) = (before, after, circular)
    }

    var total: Int { before + after }

    /// Which row or column of the picture lies at a place of the wide one; nil for zeros.
    func source(of place: Int, extent: Int, circular axis: CircularAxes) -> Int? {
        let index = place &- before
        if index >= 0, index < extent { return index }
        guard circular.contains(axis) else { return nil }
        let rest = index % extent
        return rest < 0 ? rest &+ extent : rest
    }

    /// The columns of the margins in a wide row.
    func columns(of width: Int) -> [Int] { Array(0..<before) + Array(width - after..<width) }
}

extension Convolution {
    /// The same kernel and stride without padding.
    fileprivate var unpadded: Convolution { Convolution(kernel: kernel, stride: stride) }
}
