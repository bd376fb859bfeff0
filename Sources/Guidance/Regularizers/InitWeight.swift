import TensorCore

/// Holds the latent, or its picture, back towards where it began or towards zero.
struct InitWeight: Regularizer {
    let name = "init_weight"
    let method: InitWeightMethod
    let weight: Float
    /// The latent before the first step, `[1, h, w, e]`.
    let start: Tensor
    /// Its picture, for the method that compares pictures.
    let startImage: Tensor?

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        switch method {
        case .decay: z.meanSquare().affine(scale: weight / Float(2 * iteration + 1) / 2)
        case .steps: z.meanSquare().affine(scale: weight * max(0, 1 - Float(iteration / 50) / 5) / 2)
        case .original: (z - start).meanSquare().affine(scale: weight / 2)
        case .spherical: angle(z).affine(scale: weight)
        case .cosine: cosineDistance(z).affine(scale: weight)
        case .pixels: (startImage.map { pixelDistance(image, $0) } ?? image.mean()).affine(scale: weight / 2)
        }
    }

    /// Half the squared angle between the latent and the start.
    private func angle(_ z: Tensor) -> Tensor {
        let row: Shape = [1, z.shape.count]
        return Tensor.apply(.sphericalDistance, [z.reshaped(to: row), start.reshaped(to: row)]).mean()
    }

    /// `1 − ⟨z, z₀⟩/(‖z‖‖z₀‖)`, linear in `⟨z, z₀⟩` and `‖z‖²` with the constants that give value and derivative.
    private func cosineDistance(_ z: Tensor) -> Tensor {
        let (product, square) = ((z * start).mean(), z.meanSquare())
        let lengths = (square.scalar * start.meanSquare().scalar).squareRoot()
        guard lengths > 0 else { return product.affine(scale: 0, shift: 1) }
        // 1 − p/l with dp and, as l goes with the root of q = ‖z‖², p/(2ql)·dq.
        let slope = product.scalar / (2 * square.scalar * lengths)
        return product.affine(scale: -1 / lengths, shift: 1)
            + square.affine(scale: slope, shift: -slope * square.scalar)
    }

    /// Mean of the absolute differences.
    private func pixelDistance(_ image: Tensor, _ other: Tensor) -> Tensor {
        let difference = image - other
        return (difference.activated(.relu) + difference.affine(scale: -1).activated(.relu)).mean()
    }
}
