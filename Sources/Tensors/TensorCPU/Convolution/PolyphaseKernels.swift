extension Kernels {
    /// Floats of a half-transformed tile of vectors.
    static let polyphaseHalf = Polyphase.side * 2 * Winograd.inputs * 8

    /// Transforms the kernel `[3, 3, I]` of one output; kernel `(a, b)` goes to `target + (9a + b) · stride`.
    static func polyphaseKernel(
        _ weight: UnsafePointer<Float>, channels: Int, into target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: 4 * Polyphase.kernels) { memory in
            guard let half = memory.baseAddress else { return }
            let whole = half + 3 * Polyphase.kernels
            var c = 0
            while c < channels {
                let lanes = min(8, channels &- c)
                func tap(_ v: Int, _ u: Int) -> SIMD8<Double> {
                    SIMD8<Double>((weight + (v &* 3 &+ u) &* channels).vector(c, lanes: lanes))
                }
                for u in 0..<3 {
                    phaseKernels(tap(0, u), tap(1, u), tap(2, u), into: half + u &* Polyphase.kernels)
                }
                for row in 0..<Polyphase.kernels {
                    phaseKernels(
                        half[row], half[row &+ Polyphase.kernels], half[row &+ 2 &* Polyphase.kernels], into: whole)
                    for column in 0..<Polyphase.kernels {
                        (target + (row &* Polyphase.kernels &+ column) &* stride).store(
                            Vector(whole[column]), at: c, lanes: lanes)
                    }
                }
                c &+= 8
            }
        }
    }

    /// Along one axis: what does not vanish of the kernels of the even and the odd pixels, the shared one once.
    @inline(__always)
    private static func phaseKernels(
        _ g0: SIMD8<Double>, _ g1: SIMD8<Double>, _ g2: SIMD8<Double>,
        into target: UnsafeMutablePointer<SIMD8<Double>>
    ) {
        let even = Winograd.kernel(g0, g1 + g2, SIMD8())
        let odd = Winograd.kernel(SIMD8(), g0 + g1, g2)
        (target[0], target[1], target[2], target[3], target[4]) = (even.0, even.1, even.2, even.3, even.4)
        (target[5], target[6], target[7], target[8]) = (odd.2, odd.3, odd.4, odd.5)
    }

    /// The even or the odd rows of a tile of 12×12 pixels of an enlarged cotangent, at the mirrored points.
    ///
    /// Channel `c` of what kernel `b` multiplies in row `r` of the five in memory goes to
    /// `target[(9r + b) · stride + c]`. The odd rows must come after the even ones: they add to the shared kernel's row.
    static func polyphaseInput(
        _ source: UnsafePointer<Float>, rowStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int, odd: Bool, _ work: UnsafeMutablePointer<Float>
    ) {
        let (row, shared) = (Polyphase.kernels &* stride, target + Polyphase.kernels &* stride)
        var c = 0
        while c < channels {
            // What the next tile reads and this one did not.
            if c & 8 == 0 {
                for v in 0..<6 {
                    for u in 12..<20 { source.prefetch(v &* rowStride &+ u &* channels &+ c) }
                }
            }
            for u in 0..<12 {
                let column = source + (u &* channels &+ c)
                let row2 = column + 2 &* rowStride
                let row4 = row2 + 2 &* rowStride
                let (t0, t1, t2, t3, t4, t5) = Winograd.input(
                    column.vector(0), -column.vector(rowStride), row2.vector(0), -row2.vector(rowStride),
                    row4.vector(0), -row4.vector(rowStride))
                // The mirror exchanges 0 and infinity, 1 and -1, -2 and ½.
                let half = work + u &* 8
                half.store(odd ? t0 : t5, at: 0)
                half.store(t2, at: 96)
                half.store(t1, at: 192)
                half.store(t4, at: 288)
                half.store(t3, at: 384)
            }
            for v in 0..<5 {
                let half = work + v &* 96
                let even = Winograd.input(
                    half.vector(0), -half.vector(16), half.vector(32), -half.vector(48), half.vector(64),
                    -half.vector(80))
                let odds = Winograd.input(
                    half.vector(8), -half.vector(24), half.vector(40), -half.vector(56), half.vector(72),
                    -half.vector(88))
                let place = target + (v &* row &+ c)
                if odd, place == shared + c {
                    place.store(place.vector(0) + even.5, at: 0)
                    place.store(place.vector(stride) + (even.2 + odds.2), at: stride)
                    place.store(place.vector(2 &* stride) + even.1, at: 2 &* stride)
                    place.store(place.vector(3 &* stride) + even.4, at: 3 &* stride)
                    place.store(place.vector(4 &* stride) + even.3, at: 4 &* stride)
                    place.store(place.vector(5 &* stride) + odds.1, at: 5 &* stride)
                    place.store(place.vector(6 &* stride) + odds.4, at: 6 &* stride)
                    place.store(place.vector(7 &* stride) + odds.3, at: 7 &* stride)
                    place.store(place.vector(8 &* stride) + odds.0, at: 8 &* stride)
                } else {
                    place.store(even.5, at: 0)
                    place.store(even.2 + odds.2, at: stride)
                    place.store(even.1, at: 2 &* stride)
                    place.store(even.4, at: 3 &* stride)
                    place.store(even.3, at: 4 &* stride)
                    place.store(odds.1, at: 5 &* stride)
                    place.store(odds.4, at: 6 &* stride)
                    place.store(odds.3, at: 7 &* stride)
                    place.store(odds.0, at: 8 &* stride)
                }
            }
            c &+= 8
        }
    }

    /// The even or the odd rows of the 8×8 pixels of a tile; pixel `(v, u)` of these rows goes to
    /// `target[v · rowStride + u · channels + c]`.
    static func polyphaseOutput(
        _ source: UnsafePointer<Float>, stride: Int, channels: Int, bias: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>, rowStride: Int, odd: Bool, _ work: UnsafeMutablePointer<Float>
    ) {
        let row = Polyphase.kernels &* stride
        var c = 0
        while c < channels {
            for b in 0..<9 {
                let column = source + (b &* stride &+ c)
                // The first row holds what comes from 0 or from infinity.
                let outer = column.vector(0)
                let (t0, t1, t2, t3) = Winograd.outputOfMiddle(
                    column.vector(row), column.vector(2 &* row), column.vector(3 &* row), column.vector(4 &* row))
                let half = work + b &* 8
                half.store(odd ? t0 : outer + t0, at: 0)
                half.store(t1, at: 72)
                half.store(t2, at: 144)
                half.store(odd ? t3 + outer : t3, at: 216)
            }
            let shift = bias.vector(c)
            var place = target + c
            for v in 0..<4 {
                let half = work + v &* 72
                let (e0, e1, e2, e3) = Winograd.outputOfMiddle(
                    half.vector(8), half.vector(16), half.vector(24), half.vector(32))
                let (o0, o1, o2, o3) = Winograd.outputOfMiddle(
                    half.vector(8), half.vector(40), half.vector(48), half.vector(56))
                place.store(half.vector(0) + e0 + shift, at: 0)
                place.store(o0 + shift, at: channels)
                place.store(e1 + shift, at: 2 &* channels)
                place.store(o1 + shift, at: 3 &* channels)
                place.store(e2 + shift, at: 4 &* channels)
                place.store(o2 + shift, at: 5 &* channels)
                place.store(e3 + shift, at: 6 &* channels)
                place.store(o3 + half.vector(64) + shift, at: 7 &* channels)
                place += rowStride
            }
            c &+= 8
        }
    }
}
