import TensorCore

extension Kernels {
    /// `y = a(x · gain + offset)` for runs of pixels of one sample.
    static func normalize(
        _ x: UnsafePointer<Float>, gain: UnsafePointer<Float>, offset: UnsafePointer<Float>, pixels: Int,
        channels: Int, _ activation: Activation?, into y: UnsafeMutablePointer<Float>
    ) {
        switch activation {
        case nil: normalize(x, gain, offset, pixels, channels, y) { $0 }
        case .swish: normalize(x, gain, offset, pixels, channels, y) { swish($0) }
        case .gelu: normalize(x, gain, offset, pixels, channels, y) { gelu($0) }
        case .quickGELU: normalize(x, gain, offset, pixels, channels, y) { quickGELU($0) }
        case .relu: normalize(x, gain, offset, pixels, channels, y) { relu($0) }
        }
    }

    @inline(__always)
    private static func normalize(
        _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ offset: UnsafePointer<Float>, _ pixels: Int,
        _ channels: Int, _ y: UnsafeMutablePointer<Float>, _ activation: (Vector) -> Vector
    ) {
        for pixel in 0..<pixels {
            let (x, y) = (x + pixel &* channels, y + pixel &* channels)
            var c = 0
            while c &+ 8 <= channels {
                y.store(activation(offset.vector(c).addingProduct(x.vector(c), gain.vector(c))), at: c)
                c &+= 8
            }
            guard c < channels else { continue }
            let lanes = channels &- c
            let line = offset.vector(c, lanes: lanes)
                .addingProduct(x.vector(c, lanes: lanes), gain.vector(c, lanes: lanes))
            y.store(activation(line), at: c, lanes: lanes)
        }
    }

    /// `u = dy · a'(x · gain + offset) · scale` for a short run, and the sums of `u` and `u · (x - pivot)` per channel.
    static func scaleCotangent(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, lines: ScalingLines, pixels: Int, channels: Int,
        _ activation: Activation?, into u: UnsafeMutablePointer<Float>, _ sum: UnsafeMutablePointer<Float>,
        _ product: UnsafeMutablePointer<Float>
    ) {
        switch activation {
        case nil: scaleCotangent(x, dy, lines, pixels, channels, u, sum, product) { _, dy in dy }
        case .swish: scaleCotangent(x, dy, lines, pixels, channels, u, sum, product) { swishSlope($0) * $1 }
        case .gelu: scaleCotangent(x, dy, lines, pixels, channels, u, sum, product) { geluSlope($0) * $1 }
        case .quickGELU:
            scaleCotangent(x, dy, lines, pixels, channels, u, sum, product) { quickGELUSlope($0) * $1 }
        case .relu:
            scaleCotangent(x, dy, lines, pixels, channels, u, sum, product) { $1.replacing(with: 0, where: $0 .<= 0) }
        }
    }

    /// Rows of a factor, a summand, another factor and a pivot per channel.
    struct ScalingLines {
        let gain: UnsafePointer<Float>
        let offset: UnsafePointer<Float>
        let scale: UnsafePointer<Float>
        let pivot: UnsafePointer<Float>
    }

    @inline(__always)
    private static func scaleCotangent(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ lines: ScalingLines, _ pixels: Int, _ channels: Int,
        _ u: UnsafeMutablePointer<Float>, _ sum: UnsafeMutablePointer<Float>,
        _ product: UnsafeMutablePointer<Float>, _ backward: (Vector, Vector) -> Vector
    ) {
        accumulateChannels((x, dy), pixels, channels, sum, product) { start, c, lanes in
            let value = x.vector(start, lanes: lanes)
            let line = lines.offset.vector(c, lanes: lanes).addingProduct(value, lines.gain.vector(c, lanes: lanes))
            let scaled = backward(line, dy.vector(start, lanes: lanes)) * lines.scale.vector(c, lanes: lanes)
            u.store(scaled, at: start, lanes: lanes)
            return (scaled, scaled * (value - lines.pivot.vector(c, lanes: lanes)))
        }
    }

    /// Adds `x - pivot` and its square to the sums of every channel.
    static func accumulateSquares(
        _ x: UnsafePointer<Float>, pivot: UnsafePointer<Float>, pixels: Int, channels: Int,
        _ sum: UnsafeMutablePointer<Float>, _ square: UnsafeMutablePointer<Float>
    ) {
        accumulateChannels((x, x), pixels, channels, sum, square) { start, c, lanes in
            let shifted = x.vector(start, lanes: lanes) - pivot.vector(c, lanes: lanes)
            return (shifted, shifted * shifted)
        }
    }

    /// Two sums per channel of what `f` yields for eight channels of a pixel; a short run, summed in registers.
    ///
    /// The run walks across its pixels once per eight channels; every other walk has a line of the next run fetched.
    @inline(__always)
    private static func accumulateChannels(
        _ read: (UnsafePointer<Float>, UnsafePointer<Float>), _ pixels: Int, _ channels: Int,
        _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
        _ f: (_ start: Int, _ c: Int, _ lanes: Int) -> (Vector, Vector)
    ) {
        let run = pixels &* channels
        var c = 0
        while c &+ 8 <= channels {
            var (a, b) = (first.vector(c), second.vector(c))
            let startsLine = c & 8 == 0
            for start in stride(from: c, to: run, by: channels) {
                if startsLine {
                    read.0.prefetch(start &+ run)
                    read.1.prefetch(start &+ run)
                }
                let (u, v) = f(start, c, 8)
                a += u
                b += v
            }
            first.store(a, at: c)
            second.store(b, at: c)
            c &+= 8
        }
        let rest = channels &- c
        if rest > 0 {
            var (a, b) = (Vector(), Vector())
            for start in stride(from: c, to: run, by: channels) {
                let (u, v) = f(start, c, rest)
                a += u
                b += v
            }
            for lane in 0..<rest {
                first[c &+ lane] += a[lane]
                second[c &+ lane] += b[lane]
            }
        }
    }

    /// `dx = l₀·u + l₁·x + l₂` with a line `[3, C]` per sample; may work in place over `u`.
    static func combine(
        _ u: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ line: UnsafePointer<Float>, pixels: Int,
        channels: Int, into dx: UnsafeMutablePointer<Float>
    ) {
        let (second, third) = (line + channels, line + 2 &* channels)
        for pixel in 0..<pixels {
            let start = pixel &* channels
            let (u, x, dx) = (u + start, x + start, dx + start)
            var c = 0
            while c &+ 8 <= channels {
                let value = third.vector(c).addingProduct(x.vector(c), second.vector(c))
                dx.store(value.addingProduct(u.vector(c), line.vector(c)), at: c)
                c &+= 8
            }
            while c < channels {
                dx[c] = u[c] * line[c] + (x[c] * second[c] + third[c])
                c &+= 1
            }
        }
    }
}
