extension Kernels {
    /// As `winogradKernel`, in the domain of F(6×6, 3×3).
    static func largeWinogradKernel(
        _ weight: UnsafePointer<Float>, channels: Int, tap: Int, into target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: 24) { half in
            var c = 0
            while c < channels {
                let lanes = min(8, channels &- c)
                for u in 0..<3 {
                    let column = (0..<3).map {
                        SIMD8<Double>((weight + ($0 &* 3 &+ u) &* tap).vector(c, lanes: lanes))
                    }
                    let (k0, k1, k2, k3, k4, k5, k6, k7) = LargeWinograd.kernel(column[0], column[1], column[2])
                    half[u] = k0
                    half[3 &+ u] = k1
                    half[6 &+ u] = k2
                    half[9 &+ u] = k3
                    half[12 &+ u] = k4
                    half[15 &+ u] = k5
                    half[18 &+ u] = k6
                    half[21 &+ u] = k7
                }
                for row in 0..<8 {
                    let (k0, k1, k2, k3, k4, k5, k6, k7) = LargeWinograd.kernel(
                        half[row &* 3], half[row &* 3 &+ 1], half[row &* 3 &+ 2])
                    let place = target + row &* 8 &* stride
                    place.store(Vector(k0), at: c, lanes: lanes)
                    (place + stride).store(Vector(k1), at: c, lanes: lanes)
                    (place + 2 &* stride).store(Vector(k2), at: c, lanes: lanes)
                    (place + 3 &* stride).store(Vector(k3), at: c, lanes: lanes)
                    (place + 4 &* stride).store(Vector(k4), at: c, lanes: lanes)
                    (place + 5 &* stride).store(Vector(k5), at: c, lanes: lanes)
                    (place + 6 &* stride).store(Vector(k6), at: c, lanes: lanes)
                    (place + 7 &* stride).store(Vector(k7), at: c, lanes: lanes)
                }
                c &+= 8
            }
        }
    }

    /// As `winogradInput`, of a tile of 8×8 pixels.
    static func largeWinogradInput(
        _ source: UnsafePointer<Float>, rowStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int, mirrored: Bool, _ work: UnsafeMutablePointer<Float>
    ) {
        if mirrored {
            largeWinogradInput(source, rowStride, channels, target, stride, work) { -$0 }
        } else {
            largeWinogradInput(source, rowStride, channels, target, stride, work) { $0 }
        }
    }

    /// As `winogradOutput`, to a tile of 6×6 pixels.
    static func largeWinogradOutput(
        _ source: UnsafePointer<Float>, stride: Int, channels: Int, bias: UnsafePointer<Float>,
        summand: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, rowStride: Int, mirrored: Bool,
        _ work: UnsafeMutablePointer<Float>
    ) {
        if mirrored {
            largeWinogradOutput(source, stride, channels, bias, target, rowStride, work, { -$0 }) { value, _ in value }
        } else if let summand {
            largeWinogradOutput(source, stride, channels, bias, target, rowStride, work, { $0 }) {
                $0 + summand.vector($1)
            }
        } else {
            largeWinogradOutput(source, stride, channels, bias, target, rowStride, work, { $0 }) { value, _ in value }
        }
    }

    /// The transform with a sign for the odd inputs.
    @inline(__always)
    private static func largeWinogradInput(
        _ source: UnsafePointer<Float>, _ rowStride: Int, _ channels: Int, _ target: UnsafeMutablePointer<Float>,
        _ stride: Int, _ work: UnsafeMutablePointer<Float>, _ odd: (Vector) -> Vector
    ) {
        var c = 0
        while c < channels {
            // What the next tile reads and this one did not.
            if c & 8 == 0 {
                for v in 0..<8 {
                    for u in 8..<14 { source.prefetch(v &* rowStride &+ u &* channels &+ c) }
                }
            }
            for u in 0..<8 {
                let column = source + (u &* channels &+ c)
                let row2 = column + 2 &* rowStride
                let row4 = row2 + 2 &* rowStride
                let row6 = row4 + 2 &* rowStride
                let (t0, t1, t2, t3, t4, t5, t6, t7) = LargeWinograd.input(
                    column.vector(0), odd(column.vector(rowStride)), row2.vector(0), odd(row2.vector(rowStride)),
                    row4.vector(0), odd(row4.vector(rowStride)), row6.vector(0), odd(row6.vector(rowStride)))
                let half = work + u &* 8
                half.store(t0, at: 0)
                half.store(t1, at: 64)
                half.store(t2, at: 128)
                half.store(t3, at: 192)
                half.store(t4, at: 256)
                half.store(t5, at: 320)
                half.store(t6, at: 384)
                half.store(t7, at: 448)
            }
            var place = target + c
            for v in 0..<8 {
                let half = work + v &* 64
                let (t0, t1, t2, t3, t4, t5, t6, t7) = LargeWinograd.input(
                    half.vector(0), odd(half.vector(8)), half.vector(16), odd(half.vector(24)), half.vector(32),
                    odd(half.vector(40)), half.vector(48), odd(half.vector(56)))
                place.store(t0, at: 0)
                place.store(t1, at: stride)
                place.store(t2, at: 2 &* stride)
                place.store(t3, at: 3 &* stride)
                place.store(t4, at: 4 &* stride)
                place.store(t5, at: 5 &* stride)
                place.store(t6, at: 6 &* stride)
                place.store(t7, at: 7 &* stride)
                place += 8 &* stride
            }
            c &+= 8
        }
    }

    /// The transform with a sign for the odd outputs; `finish` gives what goes to a place.
    @inline(__always)
    private static func largeWinogradOutput(
        _ source: UnsafePointer<Float>, _ stride: Int, _ channels: Int, _ bias: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>, _ rowStride: Int, _ work: UnsafeMutablePointer<Float>,
        _ odd: (Vector) -> Vector, _ finish: (_ value: Vector, _ place: Int) -> Vector
    ) {
        var c = 0
        while c < channels {
            for u in 0..<8 {
                let column = source + (u &* stride &+ c)
                let (t0, t1, t2, t3, t4, t5) = LargeWinograd.output(
                    column.vector(0), column.vector(8 &* stride), column.vector(16 &* stride),
                    column.vector(24 &* stride), column.vector(32 &* stride), column.vector(40 &* stride),
                    column.vector(48 &* stride), column.vector(56 &* stride))
                let half = work + u &* 8
                half.store(t0, at: 0)
                half.store(odd(t1), at: 64)
                half.store(t2, at: 128)
                half.store(odd(t3), at: 192)
                half.store(t4, at: 256)
                half.store(odd(t5), at: 320)
            }
            let shift = bias.vector(c)
            var place = c
            for v in 0..<6 {
                let half = work + v &* 64
                let (t0, t1, t2, t3, t4, t5) = LargeWinograd.output(
                    half.vector(0), half.vector(8), half.vector(16), half.vector(24), half.vector(32),
                    half.vector(40), half.vector(48), half.vector(56))
                target.store(finish(t0 + shift, place), at: place)
                target.store(finish(odd(t1) + shift, place &+ channels), at: place &+ channels)
                target.store(finish(t2 + shift, place &+ 2 &* channels), at: place &+ 2 &* channels)
                target.store(finish(odd(t3) + shift, place &+ 3 &* channels), at: place &+ 3 &* channels)
                target.store(finish(t4 + shift, place &+ 4 &* channels), at: place &+ 4 &* channels)
                target.store(finish(odd(t5) + shift, place &+ 5 &* channels), at: place &+ 5 &* channels)
                place &+= rowStride
            }
            c &+= 8
        }
    }
}
