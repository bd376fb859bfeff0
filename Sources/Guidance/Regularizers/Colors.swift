import Imaging
import TensorCore

/// Mean distance of the pixels to the nearest colour of a palette, with RGB in [0, 1].
struct PaletteDistance: Regularizer {
    let name = "palette"
    let weight: Float
    /// `[K, 3]`.
    let colors: Tensor

    init(_ palette: Palette, weight: Float, on backend: any Backend) {
        self.weight = weight
        let samples = palette.colors.flatMap { [$0.red, $0.green, $0.blue] }.map { Float($0) / 255 }
        colors = Tensor(samples, shape: [palette.colors.count, 3], on: backend)
    }

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        let nearest = Tensor.apply(.gather, [colors, Tensor.apply(.nearestCode, [image.detached(), colors])])
        let difference = image - nearest
        return (difference * difference).channelSum([1, 1, 1]).squareRoot().mean().affine(scale: weight)
    }
}

/// Colourfulness of Hasler and Süsstrunk 2003, which a positive weight raises.
///
/// With `r = R − G` and `y = (R + G)/2 − B`: `√(σᵣ² + σᵧ²) + 0.3·√(μᵣ² + μᵧ²)`.
struct Saturation: Regularizer {
    let name = "saturation"
    let weight: Float

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        let opponents = [image.channelSum([1, -1, 0]), image.channelSum([0.5, 0.5, -1])]
        let squares = opponents.map { $0.meanSquare() }
        let squaredMeans = opponents.map { opponent in
            let mean = opponent.mean()
            return mean * mean
        }
        let offset = squaredMeans[0] + squaredMeans[1]
        // Rounding may leave a picture of one colour a variance just below 0.
        let spread = (squares[0] + squares[1] - offset).clamped(0, .infinity)
        return (spread.squareRoot() + offset.squareRoot().affine(scale: 0.3)).affine(scale: -weight)
    }
}
