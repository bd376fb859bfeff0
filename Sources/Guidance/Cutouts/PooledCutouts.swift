public import TensorCore

/// The published default cutouts (`latest`): the whole picture pooled to CLIP's size, then augmented, then noisy.
///
/// The pooled picture, half adaptive average and half adaptive maximum, is the same for all views before augmentation,
/// so it is computed once. It squashes the picture to a square. Noise of a standard deviation drawn per view is added
/// at the end, and nothing is clamped.
public struct PooledCutouts: Cutouts {
    /// Number of views.
    public let count: Int
    /// Side of CLIP's input in pixels.
    public let side: Int
    /// What happens to the views, in order.
    public let augmentations: [any Augmentation]
    /// Largest standard deviation of the noise.
    public let noise: Float

    /// Makes a method.
    public init(count: Int, side: Int, augmentations: [any Augmentation], noise: Float) {
        self.count = count
        self.side = side
        self.augmentations = augmentations
        self.noise = noise
    }

    /// Everything random about the views of one step.
    public struct Parameters: Sendable {
        /// The augmentations with their parameters, in order.
        public var augmentations: [any DrawnAugmentation]
        /// What is added in the end, `[count, side, side, 3]`; empty without noise.
        public var noise: [Float]

        /// Makes parameters.
        public init(augmentations: [any DrawnAugmentation], noise: [Float]) {
            self.augmentations = augmentations
            self.noise = noise
        }
    }

    /// Draws the parameters of one step.
    public func draw(seed: UInt64, iteration: Int) -> Parameters {
        let drawn = augmentations.enumerated().map { place, augmentation in
            var random = RandomPurpose.views.stream(seed: seed, iteration: iteration, lane: place)
            return augmentation.draw(count: count, side: side, from: &random)
        }
        guard noise > 0 else { return Parameters(augmentations: drawn, noise: []) }
        var random = RandomPurpose.noise.stream(seed: seed, iteration: iteration)
        let deviations = (0..<count).map { _ in random.uniform(0, noise) }
        return Parameters(augmentations: drawn, noise: scaledNormals(deviations, each: side * side * 3, from: &random))
    }

    /// Views under known parameters.
    public func views(of image: Tensor, _ parameters: Parameters) -> Tensor {
        let average = Tensor.apply(.adaptiveAveragePool(height: side, width: side), [image])
        let maximum = Tensor.apply(.adaptiveMaxPool(height: side, width: side), [image])
        let pooled = (average + maximum).affine(scale: 0.5)
        var views = parameters.augmentations.reduce(pooled) { $1($0) }
        if views.shape[0] != count { views = views.repeatedBatch(count) }
        guard !parameters.noise.isEmpty else { return views }
        return views + Tensor(parameters.noise, shape: views.shape, on: views.backend)
    }

    /// Draws and applies.
    public func views(of image: Tensor, seed: UInt64, iteration: Int) -> Tensor {
        views(of: image, draw(seed: seed, iteration: iteration))
    }
}

/// Normal noise with a standard deviation per view: `count · each` numbers.
func scaledNormals(_ deviations: [Float], each: Int, from random: inout Philox) -> [Float] {
    var noise = random.normals(deviations.count * each)
    noise.withUnsafeMutableBufferPointer { memory in
        for (view, deviation) in deviations.enumerated() {
            let part = UnsafeMutableBufferPointer(rebasing: memory[(view * each)..<((view + 1) * each)])
            for i in part.indices { part[i] *= deviation }
        }
    }
    return noise
}
