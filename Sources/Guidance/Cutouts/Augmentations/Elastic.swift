import Glibc
public import TensorCore

/// A smooth random displacement of every pixel (`Et`), as kornia 0.5.4 does it.
///
/// Uniform noise in [−1, 1] is smoothed by a Gaussian of 63 pixels and a deviation of 32, black beyond the border; the
/// result is the displacement in half sides. One quirk is kept: positions are normalised with pixel corners (S − 1) but
/// sampled as if pixels were cells (S), which enlarges the view by S/(S − 1); `corrected` leaves that out.
public struct Elastic: QuirkyAugmentation {
    /// Share of views that are changed.
    public var probability: Float = 0.7
    /// Does not enlarge.
    public var corrected = false

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [Tunable("p", \Self.probability, in: 0...1)]

    /// Width of the Gaussian in pixels.
    static let taps = 63
    /// Its standard deviation.
    static let deviation = 32.0

    /// Draws which views are changed, and where their noise comes from.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let selected = (0..<count).map { _ in random.bernoulli(probability) }
        // Every view has blocks of its own, so its noise does not depend on what lies before it.
        let each = 2 * side * side
        let noise = (0..<count).map { random.advanced(byBlocks: $0 * ((each + 3) / 4)) }
        return Drawn(selected: selected, source: .drawn(noise), corrected: corrected)
    }

    /// Where noise comes from.
    public enum Source: Sendable {
        /// A stream per view.
        case drawn([Philox])
        /// Known numbers in [−1, 1] per view: `S · S` pairs of x and y.
        case given([[Float]])
    }

    /// Displacements by known noise.
    public struct Drawn: DrawnAugmentation {
        /// Which views are changed.
        public var selected: [Bool]
        /// The noise before smoothing, one entry per view.
        public var source: Source
        /// Whether the view is not enlarged.
        public var corrected: Bool

        /// Makes the change of these parameters.
        public init(selected: [Bool], source: Source, corrected: Bool = false) {
            self.selected = selected
            self.source = source
            self.corrected = corrected
        }

        /// Smooths the noise and samples there.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard selected.contains(true) else { return input }
            let (count, side, backend) = (selected.count, input.shape[1], input.backend)
            let values = (0..<count).flatMap { self.noise($0, side) }
            let noise = Tensor(values, shape: [count, side, side, 2], on: backend)
            let gaussian = Tensor(Self.gaussian(side), shape: [side, side], on: backend)
            let displacement = Tensor.apply(.separable, [noise, gaussian, gaussian])
            let pixels = samplingGrid(count: 1, side: side, on: backend) { SIMD2($1, $2) }
            let half = Float(side - 1) / 2
            let place = (displacement + pixels.affine(scale: 1 / half, shift: -1).reshaped(to: [side, side, 2]))
                .clamped(-1, 1)
            let grid = place.affine(scale: corrected ? half : Float(side) / 2, shift: half)
            let choice = pixels.repeatedBatch(count).replacingViews(with: grid, where: selected)
            return Tensor.apply(.gridSample(.zeros), [input, choice])
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn {
            let part: Source =
                switch source {
                case .drawn(let streams): .drawn(Array(streams[range]))
                case .given(let noise): .given(Array(noise[range]))
                }
            return Drawn(selected: Array(selected[range]), source: part, corrected: corrected)
        }

        private func noise(_ view: Int, _ side: Int) -> [Float] {
            guard selected[view] else { return [Float](repeating: 0, count: 2 * side * side) }
            switch source {
            case .given(let noise): return noise[view]
            case .drawn(let streams):
                var random = streams[view]
                return random.uniforms(2 * side * side, -1, 1)
            }
        }

        /// The smoothing along one axis: rows of a band that the border cuts off.
        private static func gaussian(_ side: Int) -> [Float] {
            let reach = taps / 2
            let weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
            let sum = weights.reduce(0, +)
            return (0..<(side * side)).map { index in
                let distance = index % side - index / side
                return abs(distance) <= reach ? Float(weights[distance + reach] / sum) : 0
            }
        }
    }
}
