public import TensorCore

/// Left and right exchanged (`Hf`).
public struct Flip: Augmentation {
    /// Share of views that are changed.
    public var probability: Float = 0.5

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [Tunable("p", \Self.probability, in: 0...1)]

    /// Draws which views are mirrored.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        Drawn(selected: (0..<count).map { _ in random.bernoulli(probability) })
    }

    /// Known views are mirrored.
    public struct Drawn: DrawnAugmentation {
        /// Which views are changed.
        public var selected: [Bool]

        /// Makes the change of these parameters.
        public init(selected: [Bool]) { self.selected = selected }

        /// Samples at whole pixels, so that values keep their bits.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard selected.contains(true) else { return input }
            let last = SIMD2(Float(input.shape[1] - 1), 0)
            return input.warped(by: selected.map { $0 ? PixelMap(xx: -1, from: last) : .identity }, .zeros)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(selected: Array(selected[range])) }
    }
}
