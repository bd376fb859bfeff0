public import TensorCore

/// A crop of CLIP's size (`Cr`): in kornia 0.5.4 on views that have this size already, so nothing happens.
///
/// The quirk is kept, so that a published list of augmentations can be used as it stands. `corrected` gives what such
/// crops are for: the view, continued by reflection, is moved by up to an eighth of its side either way.
public struct RandomCrop: QuirkyAugmentation {
    /// How often the views are changed.
    public var probability: Float = 0.5
    /// Moves views; without it they stay as they are.
    public var corrected = false

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [Tunable("p", \Self.probability, in: 0...1)]

    /// Draws whether the views are moved, and how far each.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let reach = corrected && random.bernoulli(probability) ? side / 8 : 0
        return Drawn(
            moves: (0..<count).map { _ in
                let x = random.integer(below: 2 * reach + 1) - reach
                return SIMD2(x, random.integer(below: 2 * reach + 1) - reach)
            })
    }

    /// Known motions.
    public struct Drawn: DrawnAugmentation {
        /// Pixels to the right and down, per view; smaller than the side.
        public var moves: [SIMD2<Int>]

        /// Makes the change of these parameters.
        public init(moves: [SIMD2<Int>]) { self.moves = moves }

        /// Takes whole pixels, reflected at the border, so that values keep their bits.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard moves.contains(where: { $0 != SIMD2(0, 0) }) else { return input }
            let side = input.shape[1]
            let last = Float(side - 1)
            let grid = samplingGrid(count: moves.count, side: side, on: input.backend) { view, x, y in
                func reflected(_ place: Float) -> Float { last - abs(last - abs(place)) }
                return SIMD2(reflected(x - Float(moves[view].x)), reflected(y - Float(moves[view].y)))
            }
            return Tensor.apply(.gridSample(.border), [input, grid])
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(moves: Array(moves[range])) }
    }
}
