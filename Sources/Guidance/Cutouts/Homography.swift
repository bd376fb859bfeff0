/// A projective map of the plane, known up to a factor.
struct Homography {
    /// Rows of the 3 × 3 matrix.
    let rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

    /// The map of a square with a corner at the origin to a quadrilateral (Heckbert 1989, section 2.2.3).
    ///
    /// `corners` are the images of (0, 0), (s, 0), (s, s) and (0, s). Computed in double precision.
    init(squareOfSide side: Double, to corners: [SIMD2<Float>]) {
        let (a, b, c, d) = (
            SIMD2<Double>(corners[0]), SIMD2<Double>(corners[1]), SIMD2<Double>(corners[2]), SIMD2<Double>(corners[3])
        )
        let (e, f, sum) = (b - c, d - c, a - b + c - d)
        let determinant = e.x * f.y - e.y * f.x
        let g = (sum.x * f.y - sum.y * f.x) / determinant
        let h = (e.x * sum.y - e.y * sum.x) / determinant
        let (u, v) = (b - a + g * b, d - a + h * d)
        rows = (
            SIMD3(u.x / side, v.x / side, a.x), SIMD3(u.y / side, v.y / side, a.y), SIMD3(g / side, h / side, 1)
        )
    }

    private init(rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)) { self.rows = rows }

    /// The map back, by the adjugate matrix scaled to a last entry of 1.
    var inverse: Homography {
        let (p, q, r) = rows
        func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
            SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
        }
        let (c0, c1, c2) = (cross(q, r), cross(r, p), cross(p, q))
        let scale = 1 / c2.z
        return Homography(
            rows: (
                SIMD3(c0.x, c1.x, c2.x) * scale, SIMD3(c0.y, c1.y, c2.y) * scale, SIMD3(c0.z, c1.z, c2.z) * scale
            ))
    }

    /// Where a point goes.
    @inline(__always)
    func callAsFunction(_ x: Float, _ y: Float) -> SIMD2<Float> {
        let (x, y) = (Double(x), Double(y))
        let (p, q, r) = rows
        let w = 1 / (r.x * x + r.y * y + r.z)
        return SIMD2(Float((p.x * x + p.y * y + p.z) * w), Float((q.x * x + q.y * y + q.z) * w))
    }
}
