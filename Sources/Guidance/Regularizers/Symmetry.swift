import TensorCore

/// Mean square distance of the picture from its mirror image.
struct Symmetry: Regularizer {
    let name: String
    let weight: Float
    /// Where each pixel's mirror image lies, `[1, H, W, 2]`.
    private let mirror: Tensor

    /// A mirror that exchanges left and right, or top and bottom.
    init(leftRight: Bool, weight: Float, size: PictureSize, on backend: any Backend) {
        name = leftRight ? "symmetry_left_right" : "symmetry_up_down"
        self.weight = weight
        var places: [Float] = []
        for y in 0..<size.height {
            for x in 0..<size.width {
                places.append(Float(leftRight ? size.width - 1 - x : x))
                places.append(Float(leftRight ? y : size.height - 1 - y))
            }
        }
        mirror = Tensor(places, shape: [1, size.height, size.width, 2], on: backend)
    }

    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor {
        (image - Tensor.apply(.gridSample(.border), [image, mirror])).meanSquare().affine(scale: weight)
    }
}
