import Glibc
public import TensorCore

/// Rotation about the centre (`Ro`); outside lies black.
public struct Rotation: Augmentation {
    /// Largest rotation in degrees, either way.
    public var degrees: Float = 15
    /// Share of views that are changed.
    public var probability: Float = 0.7

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("degrees", \.degrees, in: 0...180),
    ]

    /// Draws an angle for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        Drawn(
            degrees: (0..<count).map { _ in
                let selected = random.bernoulli(probability)
                let angle = random.uniform(-degrees, degrees)
                return selected ? angle : nil
            })
    }

    /// Rotations by known angles.
    public struct Drawn: DrawnAugmentation {
        /// Counter-clockwise angle of every view; nil leaves it alone.
        public var degrees: [Float?]

        /// Makes the change of these parameters.
        public init(degrees: [Float?]) { self.degrees = degrees }

        /// Samples every view at the points rotated back.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard degrees.contains(where: { $0 != nil }) else { return input }
            let center = SIMD2(repeating: Float(input.shape[1] - 1) / 2)
            let maps = degrees.map { degrees -> PixelMap in
                guard let degrees else { return .identity }
                let (cosine, sine) = (cosf(degrees * Float.pi / 180), sinf(degrees * Float.pi / 180))
                return PixelMap(xx: cosine, xy: -sine, yx: sine, yy: cosine, from: center, to: center)
            }
            return input.warped(by: maps, .zeros)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(degrees: Array(degrees[range])) }
    }
}
