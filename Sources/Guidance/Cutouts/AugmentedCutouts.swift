public import TensorCore

/// The published cutouts: the whole picture pooled, or random crops, then augmentations in order, then noise.
///
/// | method | views | gradient outside [0, 1] |
/// |---|---|---|
/// | `original` | random crops | clamped in the end, letting through what leads back inside |
/// | `updated`, `nrupdated` | random crops | not clamped |
/// | `updatedpooling`, `latest` | the pooled picture, the same for all views | not clamped |
///
/// The pooled picture, half adaptive average and half adaptive maximum, squashes the picture to a square; it is computed
/// once and stands for all views until the first augmentation tells them apart. Noise of a standard deviation drawn per
/// view is added after the augmentations.
public struct AugmentedCutouts: Cutouts {
    /// What the views begin as.
    public enum Source: Sendable, Equatable {
        /// The whole picture, pooled to CLIP's size.
        case pooled
        /// Square crops of random sizes and places; a power above 1 favours small ones.
        case crops(power: Double)
    }

    /// Number of views, step by step.
    public let counts: CutoutSchedule
    /// Side of CLIP's input in pixels.
    public let side: Int
    /// What the views begin as.
    public let source: Source
    /// What happens to the views, in order.
    public let augmentations: [any Augmentation]
    /// Largest standard deviation of the noise.
    public let noise: Float
    /// Whether the views are held in [0, 1] in the end.
    public let clamps: Bool

    /// Makes a method.
    public init(
        counts: CutoutSchedule, side: Int, source: Source, augmentations: [any Augmentation] = [], noise: Float = 0,
        clamps: Bool = false
    ) {
        self.counts = counts
        self.side = side
        self.source = source
        self.augmentations = augmentations
        self.noise = noise
        self.clamps = clamps
    }

    /// The views of one step with everything random known.
    public struct Drawn: DrawnCutouts {
        /// Number of views.
        public var count: Int
        /// Side of CLIP's input in pixels.
        public var side: Int
        /// One crop per view; nil for the pooled picture.
        public var crops: [Crop]?
        /// The augmentations with their parameters, in order.
        public var augmentations: [any DrawnAugmentation]
        /// What is added after the augmentations.
        public var noise: ViewNoise?
        /// Whether the views are held in [0, 1] in the end.
        public var clamps: Bool

        /// Makes the views of these parameters.
        public init(
            count: Int, side: Int, crops: [Crop]? = nil, augmentations: [any DrawnAugmentation] = [],
            noise: ViewNoise? = nil, clamps: Bool = false
        ) {
            precondition(crops.map { $0.count == count } ?? true, "\(crops?.count ?? 0) crops for \(count) views")
            self.count = count
            self.side = side
            self.crops = crops
            self.augmentations = augmentations
            self.noise = noise
            self.clamps = clamps
        }

        /// The pooled picture, or the picture itself if it is cropped.
        public func common(of image: Tensor) -> Tensor { crops == nil ? image.pooled(side: side) : image }

        /// Crops, augments, adds noise, clamps.
        public func views(from common: Tensor, _ range: Range<Int>) -> Tensor {
            let begin = crops.map { common.cropped($0[range], side: side) } ?? common
            var views = augmentations.reduce(begin) { $1.part(range)($0) }.expanded(to: range.count)
            if let noise {
                views = views + noise.part(range).tensor(shape: views.shape, on: views.backend)
            }
            return clamps ? views.clamped(0, 1, rule: .restoring) : views
        }
    }

    /// Draws the parameters of one step.
    public func draw(height: Int, width: Int, seed: UInt64, iteration: Int) -> any DrawnCutouts {
        parameters(height: height, width: width, seed: seed, iteration: iteration)
    }

    /// Draws the parameters of one step; see `draw(height:width:seed:iteration:)`.
    public func parameters(height: Int, width: Int, seed: UInt64, iteration: Int) -> Drawn {
        let count = counts.count(at: iteration)
        let drawn = augmentations.enumerated().map { place, augmentation in
            var random = RandomPurpose.views.stream(seed: seed, iteration: iteration, lane: place)
            return augmentation.draw(count: count, side: side, from: &random)
        }
        var views = Drawn(count: count, side: side, augmentations: drawn, clamps: clamps)
        if case .crops(let power) = source {
            var random = RandomPurpose.crops.stream(seed: seed, iteration: iteration)
            views.crops = (0..<count).map { _ in
                Crop(height: height, width: width, side: side, power: power, from: &random)
            }
        }
        if noise > 0 {
            var random = RandomPurpose.noise.stream(seed: seed, iteration: iteration)
            let deviations = (0..<count).map { _ in random.uniform(0, noise) }
            views.noise = ViewNoise(random, deviations: deviations, each: side * side * 3)
        }
        return views
    }
}

extension Tensor {
    /// Half the adaptive average and half the adaptive maximum: `[1, H, W, 3] → [1, side, side, 3]`.
    func pooled(side: Int) -> Tensor {
        let average = Tensor.apply(.adaptiveAveragePool(height: side, width: side), [self])
        let maximum = Tensor.apply(.adaptiveMaxPool(height: side, width: side), [self])
        return (average + maximum).affine(scale: 0.5)
    }
}
