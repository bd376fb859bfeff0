/// The one-dimensional transforms of Winograd's F(4, 3) at the points 0, 1, -1, -2, ½, ∞ (Lavin and Gray 2015).
///
/// `y = Aᵀ[(G g) ⊙ (Bᵀ d)]`: four outputs of a kernel of three taps from six inputs with six multiplications. These
/// points are more accurate than the usual 0, ±1, ±2, ∞ (rms error 1.3e-6 against 2.0e-6 over 128 channels), and the
/// map p → -1/p carries the set into itself. A kernel read backwards, evaluated at -p, is therefore the kernel
/// evaluated at -1/p: the input gradient uses the very same transformed kernels in another order (`mirror`), with the
/// points negated. Negating the points means negating every odd input and every odd output.
///
/// The rows of G for ±1 carry a third and those for -2 and ½ carry 4/15 and 16/15, which leaves numbers in Bᵀ that
/// are exact in binary.
enum Winograd {
    /// Outputs along one axis of a tile.
    static let outputs = 4
    /// Inputs along one axis of a tile.
    static let inputs = 6
    /// Products of a tile.
    static let positions = 36

    /// Where the mirrored transform finds its kernels: p → -1/p on the list of points.
    static let mirror = [5, 2, 1, 4, 3, 0]

    /// `Bᵀ d`.
    ///
    ///     1  -3/2   -2   3/2    1   0
    ///     0   -1    1/2  5/2    1   0
    ///     0   -1    5/2 -1/2   -1   0
    ///     0   1/8  -1/4 -1/8   1/4  0
    ///     0    2     1   -2    -1   0
    ///     0    1   -3/2  -2    3/2  1
    @inline(__always)
    static func input(
        _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector, _ d5: Vector
    ) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
        let (e, f) = (d1 - d3, d4 - d2)
        let half = Vector(repeating: 1.5)
        return (
            (d0 - d2 + f).addingProduct(e, -half),
            (f - e).addingProduct(d2 + d3, half),
            (-(e + f)).addingProduct(d2 - d3, half),
            (f * 0.25).addingProduct(e, Vector(repeating: 0.125)),
            e + e - f,
            (d5 - d3 + e).addingProduct(f, half)
        )
    }

    /// `Aᵀ m`.
    ///
    ///     1  1  1  1   1   0
    ///     0  1 -1 -2  1/2  0
    ///     0  1  1  4  1/4  0
    ///     0  1 -1 -8  1/8  1
    @inline(__always)
    static func output(
        _ m0: Vector, _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector, _ m5: Vector
    ) -> (Vector, Vector, Vector, Vector) {
        let (p, q) = (m1 + m2, m1 - m2)
        return (
            m0 + p + (m3 + m4),
            q.addingProduct(m3, Vector(repeating: -2)).addingProduct(m4, Vector(repeating: 0.5)),
            p.addingProduct(m3, Vector(repeating: 4)).addingProduct(m4, Vector(repeating: 0.25)),
            (q + m5).addingProduct(m3, Vector(repeating: -8)).addingProduct(m4, Vector(repeating: 0.125))
        )
    }

    /// `Aᵀ m` without what comes from 0, which belongs to the first output, and from infinity, which belongs to the last.
    @inline(__always)
    static func outputOfMiddle(
        _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector
    ) -> (Vector, Vector, Vector, Vector) {
        let (p, q) = (m1 + m2, m1 - m2)
        return (
            p + (m3 + m4),
            q.addingProduct(m3, Vector(repeating: -2)).addingProduct(m4, Vector(repeating: 0.5)),
            p.addingProduct(m3, Vector(repeating: 4)).addingProduct(m4, Vector(repeating: 0.25)),
            q.addingProduct(m3, Vector(repeating: -8)).addingProduct(m4, Vector(repeating: 0.125))
        )
    }

    /// `G g` in double precision: kernels are transformed once and rounded once.
    @inline(__always)
    static func kernel(
        _ g0: SIMD8<Double>, _ g1: SIMD8<Double>, _ g2: SIMD8<Double>
    ) -> (SIMD8<Double>, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>, SIMD8<Double>) {
        let fifteenth = 4.0 / 15
        return (
            g0, (g0 + g1 + g2) / 3, (g0 - g1 + g2) / 3, (g0 - 2 * g1 + 4 * g2) * fifteenth,
            (4 * g0 + 2 * g1 + g2) * fifteenth, g2
        )
    }
}
