import TensorCore

/// Mean of the squared differences to the right and to the lower neighbour, `mean(dx² + dy²)`.
///
/// A pixel at a border that does not wrap has no neighbour there and counts with 0.
struct TotalVariation: Regularizer {
    let name = "total_variation"
    let weight: Float
    let seamless: CircularAxes

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        let terms = [(1, seamless.contains(.vertical)), (2, seamless.contains(.horizontal))].map { axis, wraps in
            let difference = image.differences(axis: axis, wraps: wraps)
            return difference.meanSquare().affine(
                scale: weight * Float(difference.shape.count) / Float(image.shape.count))
        }
        return terms[0] + terms[1]
    }
}

/// Mean slope, `mean √(dx² + dy²)` over pixels with both neighbours and over channels.
///
/// Unlike squares it does not mind whether a change of brightness comes at once or slowly, so edges stay.
struct Smoothness: Regularizer {
    let name = "smoothness"
    let weight: Float
    let seamless: CircularAxes

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        var down = image.differences(axis: 1, wraps: seamless.contains(.vertical))
        var right = image.differences(axis: 2, wraps: seamless.contains(.horizontal))
        down = down.slice(axis: 2, start: 0, count: right.shape[2])
        right = right.slice(axis: 1, start: 0, count: down.shape[1])
        return (down * down + right * right).squareRoot().mean().affine(scale: weight)
    }
}
