import TensorCore

/// The four pixels around a sampled point and their weights.
private struct BilinearTaps {
    // Offsets in pixels; the weight of a tap outside the picture is 0 and its offset 0.
    var topLeft = 0
    var topRight = 0
    var bottomLeft = 0
    var bottomRight = 0
    var weights = SIMD4<Float>()

    @inline(__always)
    init(x: Float, y: Float, height: Int, width: Int, _ padding: SamplePadding) {
        var (x, y) = (x, y)
        if padding == .border {
            x = x > 0 ? min(x, Float(width &- 1)) : 0
            y = y > 0 ? min(y, Float(height &- 1)) : 0
        }
        if x >= 0, y >= 0, x < Float(width &- 1), y < Float(height &- 1) {
            // All four lie inside: nearly every point.
            let (column, row) = (Int(x), Int(y))
            let (u, v) = (x - Float(column), y - Float(row))
            topLeft = row &* width &+ column
            topRight = topLeft &+ 1
            bottomLeft = topLeft &+ width
            bottomRight = bottomLeft &+ 1
            weights = SIMD4((1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v)
            return
        }
        // Far outside, and NaN, nothing is sampled; the bound keeps the conversion to whole numbers safe.
        guard x > -1, x < Float(width), y > -1, y < Float(height) else { return }
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (column, row, u, v) = (Int(left), Int(top), x - left, y - top)
        let (hasLeft, hasRight) = (column >= 0, column &+ 1 < width)
        let (hasTop, hasBottom) = (row >= 0, row &+ 1 < height)
        if hasTop, hasLeft { (topLeft, weights[0]) = (row &* width &+ column, (1 - u) * (1 - v)) }
        if hasTop, hasRight { (topRight, weights[1]) = (row &* width &+ column &+ 1, u * (1 - v)) }
        if hasBottom, hasLeft { (bottomLeft, weights[2]) = ((row &+ 1) &* width &+ column, (1 - u) * v) }
        if hasBottom, hasRight { (bottomRight, weights[3]) = ((row &+ 1) &* width &+ column &+ 1, u * v) }
    }
}

extension CPUBackend {
    /// Bilinear samples at pixel coordinates.
    func gridSample(_ x: Input, grid: Input, _ padding: SamplePadding, into y: UnsafeMutablePointer<Float>) {
        let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        let (rows, columns) = (grid.shape[1], grid.shape[2])
        let perSample = x.shape[0] == 1 ? 0 : height * width * channels
        forEachRows(of: grid.shape[0] * rows, width: 4 * columns * channels) { first, count, _ in
            for row in first..<first &+ count {
                Kernels.sample(
                    x.pointer + row / rows &* perSample, height: height, width: width, channels: channels,
                    grid.pointer + 2 &* row &* columns, padding, count: columns,
                    into: y + row &* columns &* channels)
            }
        }
    }

    /// Every sample's cotangent is scattered to its four pixels.
    ///
    /// Grids of one common picture each scatter into a picture of their own; these are added in the grids' order.
    func gridSampleBackward(
        grid: Input, _ cotangent: Input, _ padding: SamplePadding, into dx: UnsafeMutablePointer<Float>, shape: Shape
    ) {
        let grids = grid.shape[0]
        let perPicture = shape[1] * shape[2] * shape[3]
        guard shape[0] == 1, grids > 1 else {
            scatter(grid, cotangent, padding, into: dx, shape: shape)
            return
        }
        let parts = allocate(grids * perPicture)
        withExtendedLifetime(parts) {
            scatter(grid, cotangent, padding, into: parts.pointer, shape: shape)
            sumBatch(parts.elements, samples: grids, count: perPicture, into: dx)
        }
    }

    private func scatter(
        _ grid: Input, _ cotangent: Input, _ padding: SamplePadding, into dx: UnsafeMutablePointer<Float>,
        shape: Shape
    ) {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        let perGrid = grid.shape[1] * grid.shape[2]
        pool.run(chunks: grid.shape[0]) { sample, _ in
            let target = dx + sample &* height &* width &* channels
            target.update(repeating: 0, count: height &* width &* channels)
            Kernels.scatter(
                cotangent.pointer + sample &* perGrid &* channels, height: height, width: width, channels: channels,
                grid.pointer + 2 &* sample &* perGrid, padding, count: perGrid, into: target)
        }
    }
}

extension Kernels {
    /// `count` points of one picture.
    static func sample(
        _ picture: UnsafePointer<Float>, height: Int, width: Int, channels: Int, _ points: UnsafePointer<Float>,
        _ padding: SamplePadding, count: Int, into y: UnsafeMutablePointer<Float>
    ) {
        for pixel in 0..<count {
            let taps = BilinearTaps(
                x: points[2 &* pixel], y: points[2 &* pixel &+ 1], height: height, width: width, padding)
            let (a, b) = (picture + taps.topLeft &* channels, picture + taps.topRight &* channels)
            let (c, d) = (picture + taps.bottomLeft &* channels, picture + taps.bottomRight &* channels)
            let (w0, w1, w2, w3) = (taps.weights[0], taps.weights[1], taps.weights[2], taps.weights[3])
            let target = y + pixel &* channels
            for i in 0..<channels { target[i] = w0 * a[i] + w1 * b[i] + (w2 * c[i] + w3 * d[i]) }
        }
    }

    /// Adds the cotangents of `count` points to the pixels they were sampled from.
    static func scatter(
        _ dy: UnsafePointer<Float>, height: Int, width: Int, channels: Int, _ points: UnsafePointer<Float>,
        _ padding: SamplePadding, count: Int, into picture: UnsafeMutablePointer<Float>
    ) {
        for pixel in 0..<count {
            let taps = BilinearTaps(
                x: points[2 &* pixel], y: points[2 &* pixel &+ 1], height: height, width: width, padding)
            let (a, b) = (picture + taps.topLeft &* channels, picture + taps.topRight &* channels)
            let (c, d) = (picture + taps.bottomLeft &* channels, picture + taps.bottomRight &* channels)
            let (w0, w1, w2, w3) = (taps.weights[0], taps.weights[1], taps.weights[2], taps.weights[3])
            let share = dy + pixel &* channels
            for i in 0..<channels {
                let value = share[i]
                a[i] += w0 * value
                b[i] += w1 * value
                c[i] += w2 * value
                d[i] += w3 * value
            }
        }
    }
}
