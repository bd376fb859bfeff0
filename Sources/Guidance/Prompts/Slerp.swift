import Glibc

/// The direction between two, along the great circle: both normalised, then `sin((1−t)ω)/sin ω·â + sin(tω)/sin ω·b̂`.
///
/// Nearly equal directions are mixed in a straight line. Opposite ones have no shortest way; the nearer end counts.
func slerp(_ a: [Float], _ b: [Float], _ t: Float) -> [Float] {
    precondition(a.count == b.count, "directions of \(a.count) and \(b.count) dimensions")
    let (a, b) = (normalized(a), normalized(b))
    let cosine = min(max(zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }, -1), 1)
    let angle = acosf(cosine)
    let sine = sinf(angle)
    if sine < 1e-4 {
        guard cosine < 0 else { return normalized(zip(a, b).map { $0 * (1 - t) + $1 * t }) }
        return t < 0.5 ? a : b
    }
    let (p, q) = (sinf((1 - t) * angle) / sine, sinf(t * angle) / sine)
    return zip(a, b).map { $0 * p + $1 * q }
}

/// A vector of unit length; zeros stay zeros.
func normalized(_ vector: [Float]) -> [Float] {
    let length = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
    return vector.map { $0 / length }
}
