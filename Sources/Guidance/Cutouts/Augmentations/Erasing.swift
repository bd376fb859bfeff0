public import TensorCore

/// A black rectangle at one place in all views or in none (`Er`), as kornia 0.5.4 does it with one draw for a batch.
public struct Erasing: Augmentation {
    /// Smallest area as a fraction of the view's.
    public var smallestArea: Float = 0.1
    /// Largest area as a fraction of the view's.
    public var largestArea: Float = 0.4
    /// Smallest and largest height over width; half the draws lie below 1, half above.
    public var ratio: ClosedRange<Float> = 0.3...(1 / 0.3)
    /// How often there is a rectangle.
    public var probability: Float = 0.7

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("min_area", \.smallestArea, in: 0...1),
        Tunable("max_area", \.largestArea, in: 0...1),
    ]

    /// Draws one rectangle, or none.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let selected = random.bernoulli(probability)
        let areas = (min(smallestArea, largestArea), max(smallestArea, largestArea))
        let pixels = random.uniform(areas.0, areas.1) * Float(side * side)
        let flat = random.uniform(ratio.lowerBound, 1)
        let tall = random.uniform(1, ratio.upperBound)
        let shape = random.bernoulli(0.5) ? flat : tall
        func extent(_ area: Float) -> Int { min(max(Int(area.squareRoot().rounded(.toNearestOrEven)), 1), side) }
        let (height, width) = (extent(pixels * shape), extent(pixels / shape))
        let x = random.integer(below: side - width + 1)
        let y = random.integer(below: side - height + 1)
        return Drawn(rectangle: selected ? Rectangle(x: x, y: y, width: width, height: height) : nil)
    }

    /// A known rectangle, or none.
    public struct Drawn: DrawnAugmentation {
        /// What is erased.
        public var rectangle: Rectangle?

        /// Makes the change.
        public init(rectangle: Rectangle?) { self.rectangle = rectangle }

        /// Multiplies all views with a mask of zeros and ones.
        public func callAsFunction(_ views: Tensor) -> Tensor {
            guard let rectangle else { return views }
            let (side, channels) = (views.shape[1], views.shape[3])
            var mask = [Float](repeating: 1, count: side * side * channels)
            for y in rectangle.y..<(rectangle.y + rectangle.height) {
                let start = (y * side + rectangle.x) * channels
                for i in start..<(start + rectangle.width * channels) { mask[i] = 0 }
            }
            return views * Tensor(mask, shape: [side, side, channels], on: views.backend)
        }

        /// The same change: it is that of all views.
        public func part(_ range: Range<Int>) -> Drawn { self }
    }
}
