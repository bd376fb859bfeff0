import TensorCore

extension CPUBackend {
    /// `y = (x - mean) · rstd · scale + shift` of every row.
    func layerNorm(_ x: Input, scale: Input, shift: Input, epsilon: Float, into y: UnsafeMutablePointer<Float>) {
        let (width, source) = (x.shape[-1], x.pointer)
        forEachRows(of: x.shape.count / width, width: width) { row, rows, _ in
            for start in stride(from: row &* width, to: (row &+ rows) &* width, by: width) {
                Kernels.layerNorm(
                    source + start, scale.pointer, shift.pointer, epsilon: epsilon, into: y + start, count: width)
            }
        }
    }

    /// `dx = rstd · (u - mean(u) - x̂ · mean(u·x̂))` of every row, with `u = dy · scale`.
    func layerNormBackward(
        _ x: Input, scale: Input, cotangent: Input, epsilon: Float, into dx: UnsafeMutablePointer<Float>
    ) {
        let width = x.shape[-1]
        forEachRows(of: x.shape.count / width, width: width) { row, rows, _ in
            for start in stride(from: row &* width, to: (row &+ rows) &* width, by: width) {
                Kernels.layerNormGradient(
                    x.pointer + start, scale.pointer, cotangent.pointer + start, epsilon: epsilon, into: dx + start,
                    count: width)
            }
        }
    }
}

extension Kernels {
    /// Mean and `1 / √(variance + epsilon)` of one row; the mean is taken away before squaring.
    @inline(__always)
    private static func moments(_ x: UnsafePointer<Float>, epsilon: Float, count: Int) -> (mean: Float, rstd: Float) {
        let mean = sum(x, x, count: count) { value, _ in value } / Float(count)
        let center = Vector(repeating: mean)
        let whole = count / 8 &* 8
        var squares = sum(x, x, count: whole) { value, _ in (value - center) * (value - center) }
        for i in whole..<count { squares += (x[i] - mean) * (x[i] - mean) }
        return (mean, 1 / (squares / Float(count) + epsilon).squareRoot())
    }

    /// `(x - mean) · rstd · scale + shift`, of one row.
    static func layerNorm(
        _ x: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>, epsilon: Float,
        into y: UnsafeMutablePointer<Float>, count: Int
    ) {
        let (mean, rstd) = moments(x, epsilon: epsilon, count: count)
        let (center, factor) = (Vector(repeating: mean), Vector(repeating: rstd))
        map(x, scale, into: y, count: count) { ($0 - center) * factor * $1 }
        accumulate(shift, into: y, count: count)
    }

    /// The gradient of one row.
    static func layerNormGradient(
        _ x: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, epsilon: Float,
        into dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        let (mean, rstd) = moments(x, epsilon: epsilon, count: count)
        let (center, factor) = (Vector(repeating: mean), Vector(repeating: rstd))
        map(dy, scale, into: dx, count: count) { $0 * $1 }
        let u = UnsafePointer(dx)
        let first = Vector(repeating: sum(u, u, count: count) { value, _ in value } / Float(count))
        let second = Vector(
            repeating: sum(u, x, count: count) { $0 * (($1 - center) * factor) } / Float(count))
        map(u, x, into: dx, count: count) { factor * ($0 - first - ($1 - center) * factor * second) }
    }
}
