import TensorCore

extension CPUBackend {
    /// One adjustment of every pixel with its sample's factor.
    func adjustColor(
        _ adjustment: ColorAdjustment, _ x: Input, factor: Input, into y: UnsafeMutablePointer<Float>
    ) {
        let (pixels, source, factors) = (x.shape[1] * x.shape[2], x.pointer, factor.pointer)
        forEachSamplePart(samples: x.shape[0], pixels: pixels) { sample, first, count in
            Kernels.adjustColor(
                adjustment, source + 3 &* first, factor: factors[sample], pixels: count, into: y + 3 &* first)
        }
    }

    /// The gradient as autograd forms it: a clamp passes nothing outside its range, the hue's sector is a constant.
    func adjustColorBackward(
        _ adjustment: ColorAdjustment, _ x: Input, factor: Input, cotangent: Input,
        into dx: UnsafeMutablePointer<Float>
    ) {
        let (pixels, source, dy, factors) = (x.shape[1] * x.shape[2], x.pointer, cotangent.pointer, factor.pointer)
        forEachSamplePart(samples: x.shape[0], pixels: pixels) { sample, first, count in
            Kernels.adjustColorGradient(
                adjustment, source + 3 &* first, dy + 3 &* first, factor: factors[sample], pixels: count,
                into: dx + 3 &* first)
        }
    }

    /// Parts of one sample each: sample, first pixel over the batch, number of pixels.
    private func forEachSamplePart(samples: Int, pixels: Int, _ body: (Int, Int, Int) -> Void) {
        let part = min(pixels, Limits.elementwiseChunk / 8)
        let parts = (pixels + part - 1) / part
        pool.run(chunks: samples * parts) { chunk, _ in
            let start = chunk % parts &* part
            body(chunk / parts, chunk / parts &* pixels &+ start, min(part, pixels &- start))
        }
    }
}

extension Kernels {
    /// One adjustment with one factor.
    static func adjustColor(
        _ adjustment: ColorAdjustment, _ x: UnsafePointer<Float>, factor: Float, pixels: Int,
        into y: UnsafeMutablePointer<Float>
    ) {
        let (zero, one) = (Vector(), Vector(repeating: 1))
        switch adjustment {
        case .brightness:
            map(x, into: y, count: 3 &* pixels) { clamp($0 + (factor - 1), zero, one) }
        case .contrast:
            map(x, into: y, count: 3 &* pixels) { clamp($0 * factor, zero, one) }
        case .saturation:
            mapPixels(x, x, into: y, pixels) { pixels, _ in
                let hsv = HSV(pixels)
                let saturation = clamp(hsv.saturation * factor, zero, one)
                return HSVSector(hue: hsv.hue, saturation: saturation, value: hsv.value).pixels
            }
        case .hue:
            mapPixels(x, x, into: y, pixels) { pixels, _ in
                let hsv = HSV(pixels)
                return HSVSector(hue: turned(hsv.hue, factor), saturation: hsv.saturation, value: hsv.value).pixels
            }
        case .chroma:
            mapPixels(x, x, into: y, pixels) { x, _ in
                let gray = (x.red + x.green + x.blue) / 3
                return Pixels(
                    red: gray + (x.red - gray) * factor, green: gray + (x.green - gray) * factor,
                    blue: gray + (x.blue - gray) * factor)
            }
        }
    }

    /// The cotangent of one adjustment with one factor.
    static func adjustColorGradient(
        _ adjustment: ColorAdjustment, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, factor: Float,
        pixels: Int, into dx: UnsafeMutablePointer<Float>
    ) {
        switch adjustment {
        case .brightness:
            map(x, dy, into: dx, count: 3 &* pixels) { x, dy in
                let moved = x + (factor - 1)
                return dy.replacing(with: 0, where: moved .< 0 .| moved .> 1)
            }
        case .contrast:
            map(x, dy, into: dx, count: 3 &* pixels) { x, dy in
                let scaled = x * factor
                return (dy * factor).replacing(with: 0, where: scaled .< 0 .| scaled .> 1)
            }
        case .saturation:
            mapPixels(x, dy, into: dx, pixels) { pixels, cotangent in
                let hsv = HSV(pixels)
                let scaled = hsv.saturation * factor
                let saturation = clamp(scaled, Vector(), Vector(repeating: 1))
                let sector = HSVSector(hue: hsv.hue, saturation: saturation, value: hsv.value)
                let (dv, ds, dh) = sector.pullback(cotangent)
                let passed = (ds * factor).replacing(with: 0, where: scaled .< 0 .| scaled .> 1)
                return hsv.pullback(value: dv, saturation: passed, sixths: dh)
            }
        case .hue:
            mapPixels(x, dy, into: dx, pixels) { pixels, cotangent in
                let hsv = HSV(pixels)
                let sector = HSVSector(hue: turned(hsv.hue, factor), saturation: hsv.saturation, value: hsv.value)
                let (dv, ds, dh) = sector.pullback(cotangent)
                return hsv.pullback(value: dv, saturation: ds, sixths: dh)
            }
        case .chroma:
            mapPixels(x, dy, into: dx, pixels) { _, dy in
                let gray = (dy.red + dy.green + dy.blue) * ((1 - factor) / 3)
                return Pixels(
                    red: dy.red * factor + gray, green: dy.green * factor + gray, blue: dy.blue * factor + gray)
            }
        }
    }

    /// A hue turned by a part of the full turn; like C's remainder the result has the sign of what is divided.
    @inline(__always)
    private static func turned(_ hue: Vector, _ factor: Float) -> Vector {
        let moved = hue + HSV.fullTurn * factor
        let turns = moved / HSV.fullTurn
        let whole = floor(turns).replacing(with: -floor(-turns), where: turns .< 0)
        return moved - whole * HSV.fullTurn
    }

    /// `y = f(a, b)`, eight pixels at a time; the last ones are filled up with black.
    @inline(__always)
    private static func mapPixels(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ pixels: Int,
        _ f: (Pixels, Pixels) -> Pixels
    ) {
        let whole = pixels / 8 &* 24
        for start in stride(from: 0, to: whole, by: 24) {
            f(Pixels(a + start), Pixels(b + start)).store(at: y + start)
        }
        let rest = 3 &* pixels &- whole
        guard rest > 0 else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 48) { memory in
            guard let base = memory.baseAddress else { return }
            base.update(repeating: 0, count: 48)
            base.update(from: a + whole, count: rest)
            (base + 24).update(from: b + whole, count: rest)
            f(Pixels(base), Pixels(base + 24)).store(at: base)
            (y + whole).update(from: base, count: rest)
        }
    }
}

extension Pixels {
    /// Eight pixels of three interleaved channels.
    @inline(__always)
    fileprivate init(_ x: UnsafePointer<Float>) {
        // Picked out of whole vectors: permutations instead of a load for every sample.
        let (u, v, w) = (x.vector(0), x.vector(8), x.vector(16))
        red = Vector(u[0], u[3], u[6], v[1], v[4], v[7], w[2], w[5])
        green = Vector(u[1], u[4], u[7], v[2], v[5], w[0], w[3], w[6])
        blue = Vector(u[2], u[5], v[0], v[3], v[6], w[1], w[4], w[7])
    }

    /// Writes eight pixels of three interleaved channels.
    @inline(__always)
    fileprivate func store(at y: UnsafeMutablePointer<Float>) {
        let (r, g, b) = (red, green, blue)
        y.store(Vector(r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2]), at: 0)
        y.store(Vector(b[2], r[3], g[3], b[3], r[4], g[4], b[4], r[5]), at: 8)
        y.store(Vector(g[5], b[5], r[6], g[6], b[6], r[7], g[7], b[7]), at: 16)
    }
}
