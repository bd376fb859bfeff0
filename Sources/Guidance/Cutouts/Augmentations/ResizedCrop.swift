import Glibc
public import TensorCore

/// A random part of the view, enlarged to the whole (`Re`), as kornia 0.5.4 does it.
///
/// Bilinear with the corners of part and view on each other. Either all views are changed or none. Two quirks are kept:
/// width and height are exchanged when the part is drawn, which does not change their distribution, and where none of
/// ten trials fits, the part has the whole width and the smallest ratio of it as height.
public struct ResizedCrop: Augmentation {
    /// Smallest area as a fraction of the view's.
    public var smallestArea: Float = 0.1
    /// Largest area as a fraction of the view's.
    public var largestArea: Float = 1
    /// Smallest and largest ratio of the sides.
    public var ratio: ClosedRange<Float> = 0.75...1.333
    /// How often the views are changed.
    public var probability: Float = 0.5

    /// The published settings.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("min_area", \.smallestArea, in: 0.01...1),
        Tunable("max_area", \.largestArea, in: 0.01...1),
    ]

    /// Draws a part for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let selected = random.bernoulli(probability)
        let areas = (min(smallestArea, largestArea), max(smallestArea, largestArea))
        let parts = (0..<count).map { _ -> Rectangle in
            var (width, height) = (side, Int((Float(side) * ratio.lowerBound).rounded(.toNearestOrEven)))
            var isFound = false
            for _ in 0..<10 {
                let area = random.uniform(areas.0, areas.1) * Float(side * side)
                let aspect = expf(random.uniform(logf(ratio.lowerBound), logf(ratio.upperBound)))
                let w = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
                let h = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
                guard !isFound, (1..<side).contains(w), (1..<side).contains(h) else { continue }
                (width, height, isFound) = (h, w, true)
            }
            let x = random.integer(below: side - width + 1)
            return Rectangle(
                x: x, y: random.integer(below: side - max(height, 1) + 1), width: width, height: max(height, 1))
        }
        return Drawn(parts: selected ? parts : [Rectangle?](repeating: nil, count: count))
    }

    /// Known parts are enlarged.
    public struct Drawn: DrawnAugmentation {
        /// What every view shows; nil leaves it alone.
        public var parts: [Rectangle?]

        /// Makes the change of these parameters.
        public init(parts: [Rectangle?]) { self.parts = parts }

        /// Samples the corner pixels of the part at those of the view, and evenly between.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard parts.contains(where: { $0 != nil }) else { return input }
            let last = Float(max(input.shape[1] - 1, 1))
            let maps = parts.map { part -> PixelMap in
                guard let part else { return .identity }
                return PixelMap(
                    xx: Float(part.width - 1) / last, yy: Float(part.height - 1) / last,
                    to: SIMD2(Float(part.x), Float(part.y)))
            }
            return input.warped(by: maps, .zeros)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(parts: Array(parts[range])) }
    }
}

/// A part of a view in pixels.
public struct Rectangle: Sendable, Equatable {
    /// Left column.
    public var x: Int
    /// Top row.
    public var y: Int
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int

    /// Makes a rectangle.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}
