public import TensorCore

/// Small changes of brightness, contrast, saturation and hue (`Ji`), as kornia 0.5.4 does them.
///
/// Its quirks are kept: brightness adds `factor − 1`, contrast multiplies without subtracting a mean, every adjustment
/// clamps to [0, 1], and one order of the four is drawn for the whole batch while the factors are drawn per view.
public struct Jitter: Augmentation {
    /// Largest change of brightness, either way.
    public var brightness: Float = 0.1
    /// Largest change of the contrast's factor, either way.
    public var contrast: Float = 0.1
    /// Largest change of the saturation's factor, either way.
    public var saturation: Float = 0.1
    /// Largest turn of the colour circle, in whole turns, either way.
    public var hue: Float = 0.1
    /// Share of views that are changed.
    public var probability: Float = 0.7

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("brightness", \.brightness, in: 0...1),
        Tunable("contrast", \.contrast, in: 0...1), Tunable("saturation", \.saturation, in: 0...1),
        Tunable("hue", \.hue, in: 0...0.5),
    ]

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
                let reach = reach(of: adjustment)
                let neutral: Float = adjustment == .hue ? 0 : 1
                let factor = random.uniform(neutral - reach, neutral + reach)
                for place in order.indices where order[place] == adjustment { factors[place].append(factor) }
            }
        }
        return Drawn(selected: selected, adjustments: zip(order, factors).map { ($0, $1) })
    }

    private func reach(of adjustment: ColorAdjustment) -> Float {
        switch adjustment {
        case .brightness: brightness
        case .contrast: contrast
        case .saturation: saturation
        case .hue: hue
        case .chroma: 0
        }
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
            let views = input.expanded(to: selected.count)
            let adjusted = adjustments.reduce(views) { views, adjustment in
                let factor = Tensor(adjustment.factors, shape: [selected.count], on: views.backend)
                return Tensor.apply(.adjustColor(adjustment.0), [views, factor])
            }
            return views.replacingViews(with: adjusted, where: selected)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn {
            Drawn(
                selected: Array(selected[range]), adjustments: adjustments.map { ($0.0, factors: Array($0.1[range])) })
        }
    }
}
