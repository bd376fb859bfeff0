public import TensorCore

/// Small changes of brightness, contrast, saturation and hue, as kornia 0.5.4 does them.
///
/// Its quirks are kept: brightness adds `factor − 1`, contrast multiplies without subtracting a mean, every adjustment
/// clamps to [0, 1], and one order of the four is drawn for the whole batch while the factors are drawn per view.
public struct Jitter: Augmentation {
    /// Largest change of brightness, contrast, saturation and hue (of the colour circle), either way.
    public var strength: [ColorAdjustment: Float] = [.brightness: 0.1, .contrast: 0.1, .saturation: 0.1, .hue: 0.1]
    /// Share of views that are changed.
    public var probability: Float = 0.7

    /// The published settings.
    public init() {}

    private static let adjustments: [ColorAdjustment] = [.brightness, .contrast, .saturation, .hue]

    /// Draws an order, and factors for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        var order = Jitter.adjustments
        for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, random.integer(below: i + 1)) }
        var selected: [Bool] = []
        var factors = [[Float]](repeating: [], count: order.count)
        for _ in 0..<count {
            selected.append(random.bernoulli(probability))
            for adjustment in Jitter.adjustments {
                let reach = strength[adjustment] ?? 0
                let neutral: Float = adjustment == .hue ? 0 : 1
                let factor = random.uniform(neutral - reach, neutral + reach)
                for place in order.indices where order[place] == adjustment { factors[place].append(factor) }
            }
        }
        return Drawn(selected: selected, adjustments: zip(order, factors).map { ($0, $1) })
    }

    /// Colour changes with known parameters.
    public struct Drawn: DrawnAugmentation {
        /// Which views are changed.
        public var selected: [Bool]
        /// The adjustments in order, each with a factor per view.
        public var adjustments: [(ColorAdjustment, factors: [Float])]

        /// Makes the change of these parameters.
        public init(selected: [Bool], adjustments: [(ColorAdjustment, factors: [Float])]) {
            self.selected = selected
            self.adjustments = adjustments
        }

        /// Adjusts all views, then takes the unselected ones from the input again.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard selected.contains(true) else { return input }
            let count = selected.count
            let views = input.shape[0] == count ? input : input.repeatedBatch(count)
            let adjusted = adjustments.reduce(views) { views, adjustment in
                let factor = Tensor(adjustment.factors, shape: [count], on: views.backend)
                return Tensor.apply(.adjustColor(adjustment.0), [views, factor])
            }
            if !selected.contains(false) { return adjusted }
            // Factors of exactly 0 and 1, so a selected or unselected view keeps its bits.
            let chosen = Tensor(selected.map { $0 ? 1 : 0 }, shape: [count], on: views.backend)
            let others = Tensor(selected.map { $0 ? 0 : 1 }, shape: [count], on: views.backend)
            return Tensor.apply(.multiplyPrefix, [adjusted, chosen]) + Tensor.apply(.multiplyPrefix, [views, others])
        }
    }
}
