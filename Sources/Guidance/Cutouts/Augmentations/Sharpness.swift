public import TensorCore

/// Between a smoothed view and the view itself (`Sh`), as kornia 0.5.4 does it.
///
/// `blurred + factor·(x − blurred)` with `blurred` the mean of 3 × 3 pixels, the middle one counted five times, held in
/// [0, 1] and equal to the view on its border. One quirk is kept: the factor is drawn from 0 to `strength`, so for the
/// published 0.3 this blurs and never sharpens. `corrected` draws 1 to 1 + `strength`.
public struct Sharpness: QuirkyAugmentation {
    /// Largest factor.
    public var strength: Float = 0.3
    /// Share of views that are changed.
    public var probability: Float = 0.5
    /// Sharpens instead of blurring.
    public var corrected = false

    /// The settings of `latest`.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("strength", \.strength, in: 0...10),
    ]

    /// Draws a factor for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let least: Float = corrected ? 1 : 0
        return Drawn(
            factors: (0..<count).map { _ in
                let selected = random.bernoulli(probability)
                let factor = random.uniform(least, least + strength)
                return selected ? factor : nil
            })
    }

    /// Known factors.
    public struct Drawn: DrawnAugmentation {
        /// 0 for the smoothed view, 1 for the view, more for a sharpened one; nil leaves a view alone.
        public var factors: [Float?]

        /// Makes the change of these parameters.
        public init(factors: [Float?]) { self.factors = factors }

        /// Blends; results of factors above 1 are held in [0, 1].
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard factors.contains(where: { $0 != nil }) else { return input }
            let views = input.expanded(to: factors.count)
            let blurred = Self.blurred(views)
            let factor = Tensor(factors.map { $0 ?? 1 }, shape: [factors.count], on: views.backend)
            var blend = blurred + Tensor.apply(.multiplyPrefix, [views - blurred, factor])
            let isBeyond = factors.map { ($0 ?? 0) > 1 }
            if isBeyond.contains(true) { blend = blend.replacingViews(with: blend.clamped(0, 1), where: isBeyond) }
            return views.replacingViews(with: blend, where: factors.map { $0 != nil })
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(factors: Array(factors[range])) }

        /// `(sum of 3 × 3 + 4 · middle) / 13`, held in [0, 1], on inner pixels; the view's own border.
        private static func blurred(_ views: Tensor) -> Tensor {
            let (side, channels, backend) = (views.shape[1], views.shape[3], views.backend)
            let isInner = { (place: Int) in place > 0 && place < side - 1 }
            let sums = (0..<(side * side)).map { index -> Float in
                isInner(index / side) && abs(index / side - index % side) <= 1 ? 1 : 0
            }
            let matrix = Tensor(sums, shape: [side, side], on: backend)
            let box = Tensor.apply(.separable, [views, matrix, matrix])
            let mean = (box.affine(scale: 1 / 13) + views.affine(scale: 4 / 13)).clamped(0, 1)
            let inner = (0..<(side * side * channels)).map { index -> Float in
                isInner(index / channels / side) && isInner(index / channels % side) ? 1 : 0
            }
            let shape: Shape = [side, side, channels]
            return mean * Tensor(inner, shape: shape, on: backend)
                + views * Tensor(inner.map { 1 - $0 }, shape: shape, on: backend)
        }
    }
}
