extension Kernels {
    /// Transforms some channels of the kernel `[3, 3, I]` of one output, whose taps lie `tap` elements apart; position
    /// `p` goes to `target + p · stride`.
    static func winogradKernel(
        _ weight: UnsafePointer<Float>, channels: Int, tap: Int, into target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: 18) { half in
            var c = 0
            while c < channels {
                let lanes = min(8, channels &- c)
                for u in 0..<3 {
                    let column = (0..<3).map {
                        SIMD8<Double>((weight + ($0 &* 3 &+ u) &* tap).vector(c, lanes: lanes))
                    }
                    let (k0, k1, k2, k3, k4, k5) = Winograd.kernel(column[0], column[1], column[2])
                    half[u] = k0
                    half[3 &+ u] = k1
                    half[6 &+ u] = k2
                    half[9 &+ u] = k3
                    half[12 &+ u] = k4
                    half[15 &+ u] = k5
                }
                for row in 0..<6 {
                    let (k0, k1, k2, k3, k4, k5) = Winograd.kernel(
                        half[row &* 3], half[row &* 3 &+ 1], half[row &* 3 &+ 2])
                    let place = target + row &* 6 &* stride
                    place.store(Vector(k0), at: c, lanes: lanes)
                    (place + stride).store(Vector(k1), at: c, lanes: lanes)
                    (place + 2 &* stride).store(Vector(k2), at: c, lanes: lanes)
                    (place + 3 &* stride).store(Vector(k3), at: c, lanes: lanes)
                    (place + 4 &* stride).store(Vector(k4), at: c, lanes: lanes)
                    (place + 5 &* stride).store(Vector(k5), at: c, lanes: lanes)
                }
                c &+= 8
            }
        }
    }

    /// The pixels of a tile that sticks out of its picture, with zeros around and channels padded to `pitch`.
    static func copyTile(
        _ picture: UnsafePointer<Float>, _ extents: ConvolutionExtents, top: Int, left: Int, side: Int, pitch: Int,
        into patch: UnsafeMutablePointer<Float>
    ) {
        patch.update(repeating: 0, count: side &* side &* pitch)
        for v in max(0, 0 &- top)..<max(0, 0 &- top, min(side, extents.height &- top)) {
            for u in max(0, 0 &- left)..<max(0, 0 &- left, min(side, extents.width &- left)) {
                let pixel = (top &+ v) &* extents.width &+ left &+ u
                (patch + (v &* side &+ u) &* pitch).update(
                    from: picture + pixel &* extents.inputs, count: extents.inputs)
            }
        }
    }

    /// `Bᵀ d B` of one tile; position `p` of channel `c` goes to `target[p · stride + c]`.
    static func winogradInput(
        _ source: UnsafePointer<Float>, rowStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int, mirrored: Bool, _ work: UnsafeMutablePointer<Float>
    ) {
        if mirrored {
            winogradInput(source, rowStride, channels, target, stride, work) { -$0 }
        } else {
            winogradInput(source, rowStride, channels, target, stride, work) { $0 }
        }
    }

    /// `Aᵀ m A + bias` of one tile: pixel `(v, u)` of channel `c` goes to `target[v · rowStride + u · channels + c]`; the
    /// element of `summand` at the same place is added.
    static func winogradOutput(
        _ source: UnsafePointer<Float>, stride: Int, channels: Int, bias: UnsafePointer<Float>,
        summand: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, rowStride: Int, mirrored: Bool,
        _ work: UnsafeMutablePointer<Float>
    ) {
        if mirrored {
            winogradOutput(source, stride, channels, bias, target, rowStride, work, { -$0 }) { value, _ in value }
        } else if let summand {
            winogradOutput(source, stride, channels, bias, target, rowStride, work, { $0 }) { $0 + summand.vector($1) }
        } else {
            winogradOutput(source, stride, channels, bias, target, rowStride, work, { $0 }) { value, _ in value }
        }
    }

    /// The transform with a sign for the odd inputs.
    @inline(__always)
    private static func winogradInput(
        _ source: UnsafePointer<Float>, _ rowStride: Int, _ channels: Int, _ target: UnsafeMutablePointer<Float>,
        _ stride: Int, _ work: UnsafeMutablePointer<Float>, _ odd: (Vector) -> Vector
    ) {
        var c = 0
        while c < channels {
            // What the next tile reads and this one did not.
            if c & 8 == 0 {
                for v in 0..<6 {
                    for u in 6..<10 { source.prefetch(v &* rowStride &+ u &* channels &+ c) }
                }
            }
            for u in 0..<6 {
                let column = source + (u &* channels &+ c)
                let row2 = column + 2 &* rowStride
                let row4 = row2 + 2 &* rowStride
                let (t0, t1, t2, t3, t4, t5) = Winograd.input(
                    column.vector(0), odd(column.vector(rowStride)), row2.vector(0), odd(row2.vector(rowStride)),
                    row4.vector(0), odd(row4.vector(rowStride)))
                let half = work + u &* 8
                half.store(t0, at: 0)
                half.store(t1, at: 48)
                half.store(t2, at: 96)
                half.store(t3, at: 144)
                half.store(t4, at: 192)
                half.store(t5, at: 240)
            }
            var place = target + c
            for v in 0..<6 {
                let half = work + v &* 48
                let (t0, t1, t2, t3, t4, t5) = Winograd.input(
                    half.vector(0), odd(half.vector(8)), half.vector(16), odd(half.vector(24)), half.vector(32),
                    odd(half.vector(40)))
                place.store(t0, at: 0)
                place.store(t1, at: stride)
                place.store(t2, at: 2 &* stride)
                place.store(t3, at: 3 &* stride)
                place.store(t4, at: 4 &* stride)
                place.store(t5, at: 5 &* stride)
                place += 6 &* stride
            }
            c &+= 8
        }
    }

    /// The transform with a sign for the odd outputs; `finish` gives what goes to a place.
    @inline(__always)
    private static func winogradOutput(
        _ source: UnsafePointer<Float>, _ stride: Int, _ channels: Int, _ bias: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>, _ rowStride: Int, _ work: UnsafeMutablePointer<Float>,
        _ odd: (Vector) -> Vector, _ finish: (_ value: Vector, _ place: Int) -> Vector
    ) {
        var c = 0
        while c < channels {
            for u in 0..<6 {
                let column = source + (u &* stride &+ c)
                let (t0, t1, t2, t3) = Winograd.output(
                    column.vector(0), column.vector(6 &* stride), column.vector(12 &* stride),
                    column.vector(18 &* stride), column.vector(24 &* stride), column.vector(30 &* stride))
                let half = work + u &* 8
                half.store(t0, at: 0)
                half.store(odd(t1), at: 48)
                half.store(t2, at: 96)
                half.store(odd(t3), at: 144)
            }
            let shift = bias.vector(c)
            var place = c
            for v in 0..<4 {
                let half = work + v &* 48
                let (t0, t1, t2, t3) = Winograd.output(
                    half.vector(0), half.vector(8), half.vector(16), half.vector(24), half.vector(32),
                    half.vector(40))
                target.store(finish(t0 + shift, place), at: place)
                target.store(finish(odd(t1) + shift, place &+ channels), at: place &+ channels)
                target.store(finish(t2 + shift, place &+ 2 &* channels), at: place &+ 2 &* channels)
                target.store(finish(odd(t3) + shift, place &+ 3 &* channels), at: place &+ 3 &* channels)
                place &+= rowStride
            }
            c &+= 8
        }
    }
}
