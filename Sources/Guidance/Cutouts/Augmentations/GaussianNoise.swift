public import TensorCore

/// Normal noise on whole views (`Gn`); the published deviation of 1 hides most of the picture.
public struct GaussianNoise: Augmentation {
    /// Standard deviation.
    public var deviation: Float = 1
    /// Share of views that are changed.
    public var probability: Float = 0.5

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("std", \.deviation, in: 0...4),
    ]

    /// Draws which views are noisy, and where their noise comes from.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let selected = (0..<count).map { _ in random.bernoulli(probability) }
        let deviations = selected.map { $0 ? deviation : 0 }
        return Drawn(selected: selected, noise: ViewNoise(random, deviations: deviations, each: side * side * 3))
    }

    /// Known noise.
    public struct Drawn: DrawnAugmentation {
        /// Which views are changed.
        public var selected: [Bool]
        /// What is added to the views, `side · side · 3` numbers each, the deviation included.
        public var noise: ViewNoise

        /// Makes the change of these parameters.
        public init(selected: [Bool], noise: ViewNoise) {
            self.selected = selected
            self.noise = noise
        }

        /// Adds the noise to the selected views; nothing is clamped.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard selected.contains(true) else { return input }
            let views = input.expanded(to: selected.count)
            let added = noise.tensor(shape: views.shape, on: views.backend)
            return views.replacingViews(with: views + added, where: selected)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn {
            Drawn(selected: Array(selected[range]), noise: noise.part(range))
        }
    }
}
