// The operations as methods, so that model code reads like the papers.

extension Tensor {
    /// Elementwise sum; the second shape may be a suffix of the first.
    public static func + (a: Tensor, b: Tensor) -> Tensor { apply(.add, [a, b]) }
    /// Elementwise difference of equal shapes.
    public static func - (a: Tensor, b: Tensor) -> Tensor { apply(.subtract, [a, b]) }
    /// Elementwise product; the second shape may be a suffix of the first.
    public static func * (a: Tensor, b: Tensor) -> Tensor { apply(.multiply, [a, b]) }

    /// `scale · x + shift`.
    public func affine(scale: Float, shift: Float = 0) -> Tensor {
        Tensor.apply(.affine(scale: scale, shift: shift), [self])
    }

    /// A pointwise nonlinearity.
    public func activated(_ activation: Activation) -> Tensor { Tensor.apply(.activation(activation), [self]) }

    /// `min(max(x, low), high)` with the gradient of the rule.
    public func clamped(_ low: Float, _ high: Float, rule: ClampRule = .ordinary) -> Tensor {
        Tensor.apply(.clamp(low: low, high: high, rule), [self])
    }

    /// Entries `start ..< start + count` of an axis.
    public func slice(axis: Int, start: Int, count: Int) -> Tensor {
        Tensor.apply(.slice(axis: axis, start: start, count: count), [self])
    }

    /// Copies of a batch of one: `[1, ...] → [count, ...]`.
    public func repeatedBatch(_ count: Int) -> Tensor {
        count == 1 ? self : Tensor.apply(.repeatBatch(count: count), [self])
    }

    /// Mean of all elements, a scalar.
    public func mean() -> Tensor { Tensor.apply(.mean, [self]) }

    /// A matrix with rows and columns exchanged; for constants, on the host.
    public func transposed() -> Tensor {
        precondition(shape.rank == 2 && !isTracked, "only constant matrices are transposed")
        let (rows, columns, source) = (shape[0], shape[1], values)
        var result = [Float](repeating: 0, count: source.count)
        for r in 0..<rows {
            for c in 0..<columns { result[c * rows + r] = source[r * columns + c] }
        }
        return Tensor(result, shape: [columns, rows], on: backend)
    }
}
