import TensorCore

extension Tensor {
    /// Mean of the squares, a scalar.
    func meanSquare() -> Tensor { (self * self).mean() }

    /// The square root of every element, which must not be negative; its gradient at 0 is 0.
    ///
    /// `x/(2s) + s/2` with a constant s = √x has the value and the derivative of √x.
    func squareRoot() -> Tensor {
        let roots = values.map { $0.squareRoot() }
        let slopes = Tensor(roots.map { $0 > 0 ? 0.5 / $0 : 0 }, shape: shape, on: backend)
        return self * slopes + Tensor(roots.map { 0.5 * $0 }, shape: shape, on: backend)
    }

    /// The next entry of an axis less this one; after the last comes the first where the axis `wraps`, and nothing
    /// where it does not.
    func differences(axis: Int, wraps: Bool) -> Tensor {
        let count = shape[axis]
        let rest = slice(axis: axis, start: 1, count: count - 1)
        guard wraps else { return rest - slice(axis: axis, start: 0, count: count - 1) }
        return Tensor.apply(.concatenate(axis: axis), [rest, slice(axis: axis, start: 0, count: 1)]) - self
    }

    /// Sum over the last axis with a weight for each of its entries: `[..., C] → [..., 1]`.
    func channelSum(_ weights: [Float]) -> Tensor {
        Tensor.apply(.linear, [self, Tensor(weights, shape: [1, weights.count], on: backend)])
    }
}
