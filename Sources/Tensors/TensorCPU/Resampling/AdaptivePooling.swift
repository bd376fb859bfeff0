import TensorCore

/// The windows `[⌊j·n/S⌋, ⌈(j+1)·n/S⌉)` that divide an axis of `n` entries among `S` outputs; they may overlap.
struct PoolingWindows {
    let extent: Int
    let outputs: Int

    @inline(__always)
    func window(_ output: Int) -> Range<Int> {
        output &* extent / outputs..<((output &+ 1) &* extent &+ outputs &- 1) / outputs
    }

    /// The outputs whose windows hold an entry.
    @inline(__always)
    func outputs(over entry: Int) -> Range<Int> {
        // Windows begin and end in order: the first that ends after the entry, up to the last that begins at or before.
        var first = entry &* outputs / extent
        while first > 0, window(first &- 1).upperBound > entry { first &-= 1 }
        var last = min(outputs &- 1, ((entry &+ 1) &* outputs) / extent)
        while last > first, window(last).lowerBound > entry { last &-= 1 }
        return first..<last &+ 1
    }
}

extension CPUBackend {
    /// The mean of every window.
    func averagePool(_ x: Input, into y: UnsafeMutablePointer<Float>, shape: Shape) {
        pool(x, into: y, shape: shape) { picture, rows, columns, width, channels, target in
            target.update(repeating: 0, count: channels)
            for h in rows {
                for w in columns {
                    let pixel = picture + (h &* width &+ w) &* channels
                    for c in 0..<channels { target[c] += pixel[c] }
                }
            }
            let area = Float(rows.count &* columns.count)
            for c in 0..<channels { target[c] /= area }
        }
    }

    /// The largest value of every window; NaN wins, as it does elsewhere.
    func maxPool(_ x: Input, into y: UnsafeMutablePointer<Float>, shape: Shape) {
        pool(x, into: y, shape: shape) { picture, rows, columns, width, channels, target in
            target.update(repeating: -.infinity, count: channels)
            for h in rows {
                for w in columns {
                    let pixel = picture + (h &* width &+ w) &* channels
                    for c in 0..<channels where !(pixel[c] <= target[c]) { target[c] = pixel[c] }
                }
            }
        }
    }

    /// Calls `body` for every output pixel with its picture, its window, the picture's width and the channels.
    @inline(__always)
    private func pool(
        _ x: Input, into y: UnsafeMutablePointer<Float>, shape: Shape,
        _ body: (UnsafePointer<Float>, Range<Int>, Range<Int>, Int, Int, UnsafeMutablePointer<Float>) -> Void
    ) {
        let (width, channels, source) = (x.shape[2], x.shape[3], x.pointer)
        let vertical = PoolingWindows(extent: x.shape[1], outputs: shape[1])
        let horizontal = PoolingWindows(extent: width, outputs: shape[2])
        let perSample = x.shape[1] * width * channels
        forEachRows(of: shape[0] * shape[1], width: shape[2] * channels) { first, count, _ in
            for row in first..<first &+ count {
                let picture = source + row / vertical.outputs &* perSample
                let rows = vertical.window(row % vertical.outputs)
                for column in 0..<horizontal.outputs {
                    let target = y + (row &* horizontal.outputs &+ column) &* channels
                    body(picture, rows, horizontal.window(column), width, channels, target)
                }
            }
        }
    }

    /// Every pixel gathers its share of the windows that hold it.
    func averagePoolBackward(_ cotangent: Input, into dx: UnsafeMutablePointer<Float>, shape: Shape) {
        let (width, channels, dy) = (shape[2], shape[3], cotangent.pointer)
        let vertical = PoolingWindows(extent: shape[1], outputs: cotangent.shape[1])
        let horizontal = PoolingWindows(extent: width, outputs: cotangent.shape[2])
        let perSample = vertical.outputs * horizontal.outputs * channels
        forEachRows(of: shape[0] * shape[1], width: width * channels) { first, count, _ in
            for row in first..<first &+ count {
                let source = dy + row / vertical.extent &* perSample
                let rows = vertical.outputs(over: row % vertical.extent)
                for column in 0..<width {
                    let target = dx + (row &* width &+ column) &* channels
                    target.update(repeating: 0, count: channels)
                    for i in rows {
                        for j in horizontal.outputs(over: column) {
                            let area = Float(vertical.window(i).count &* horizontal.window(j).count)
                            let share = source + (i &* horizontal.outputs &+ j) &* channels
                            for c in 0..<channels { target[c] += share[c] / area }
                        }
                    }
                }
            }
        }
    }

    /// Every window passes its cotangent to its first maximum in row-major order.
    ///
    /// Windows overlap, so a chunk is a whole sample.
    func maxPoolBackward(_ x: Input, _ cotangent: Input, into dx: UnsafeMutablePointer<Float>) {
        let (width, channels) = (x.shape[2], x.shape[3])
        let vertical = PoolingWindows(extent: x.shape[1], outputs: cotangent.shape[1])
        let horizontal = PoolingWindows(extent: width, outputs: cotangent.shape[2])
        let perSample = x.shape[1] * width * channels
        let perOutput = vertical.outputs * horizontal.outputs * channels
        pool.run(chunks: x.shape[0]) { sample, _ in
            let (source, target) = (x.pointer + sample &* perSample, dx + sample &* perSample)
            let dy = cotangent.pointer + sample &* perOutput
            target.update(repeating: 0, count: perSample)
            for i in 0..<vertical.outputs {
                for j in 0..<horizontal.outputs {
                    let (rows, columns) = (vertical.window(i), horizontal.window(j))
                    let share = dy + (i &* horizontal.outputs &+ j) &* channels
                    for c in 0..<channels {
                        var best = (rows.lowerBound &* width &+ columns.lowerBound) &* channels &+ c
                        for h in rows {
                            for w in columns {
                                let place = (h &* width &+ w) &* channels &+ c
                                if source[place] > source[best] { best = place }
                            }
                        }
                        target[best] += share[c]
                    }
                }
            }
        }
    }
}
