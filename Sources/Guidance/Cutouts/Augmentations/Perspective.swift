public import TensorCore

/// A random quadrilateral whose corners move inwards (`Pe`), as kornia 0.5.4 does it.
///
/// The picture's corners go to corners up to `distortion`·S/2 further in, and outside lies black. One quirk is kept:
/// the map is made with pixel corners (S − 1) but sampled as if pixels were cells (S), which enlarges the view by
/// S/(S − 1), so that even an unmoved quadrilateral mixes half of the border with black. kornia's guard of 1e-8 in the
/// division is left out: it lies below single precision. `corrected` leaves the enlargement out.
public struct Perspective: QuirkyAugmentation {
    /// Largest inward motion of a corner, as a fraction of half the side.
    public var distortion: Float = 0.7
    /// Share of views that are changed.
    public var probability: Float = 0.7
    /// Does not enlarge.
    public var corrected = false

    /// The settings of `latest`.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("distortion", \.distortion, in: 0...1),
    ]

    /// Draws the inward motion of four corners for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let reach = distortion * Float(side) / 2
        return Drawn(
            views: (0..<count).map { _ in
                let selected = random.bernoulli(probability)
                return View(
                    selected: selected,
                    inset: (0..<4).map { _ in SIMD2(reach * random.uniform(), reach * random.uniform()) })
            }, corrected: corrected)
    }

    /// The parameters of one view.
    public struct View: Sendable, Equatable {
        /// Whether the view is changed at all.
        public var selected: Bool
        /// Inward motion of the corners in pixels: top left, top right, bottom right, bottom left.
        public var inset: [SIMD2<Float>]

        /// Makes parameters; `inset` has four entries.
        public init(selected: Bool = true, inset: [SIMD2<Float>]) {
            precondition(inset.count == 4, "a quadrilateral has four corners, got \(inset.count)")
            self.selected = selected
            self.inset = inset
        }
    }

    /// Perspective changes with known parameters.
    public struct Drawn: DrawnAugmentation {
        /// One per view.
        public var views: [View]
        /// Whether the view is not enlarged.
        public var corrected: Bool

        /// Makes the change of these parameters.
        public init(views: [View], corrected: Bool = false) {
            self.views = views
            self.corrected = corrected
        }

        /// Samples every view through the inverse homography.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard views.contains(where: \.selected) else { return input }
            let side = input.shape[1]
            let last = Float(side - 1)
            let (enlargement, shift): (Float, Float) = corrected ? (1, 0) : (Float(side) / max(last, 1), -0.5)
            let inverses = views.map { view -> Homography in
                let inset = view.inset
                return Homography(
                    squareOfSide: Double(last),
                    to: [
                        SIMD2(inset[0].x, inset[0].y), SIMD2(last - inset[1].x, inset[1].y),
                        SIMD2(last - inset[2].x, last - inset[2].y), SIMD2(inset[3].x, last - inset[3].y),
                    ]
                ).inverse
            }
            let grid = samplingGrid(count: views.count, side: side, on: input.backend) { view, x, y in
                views[view].selected ? inverses[view](x, y) * enlargement + shift : SIMD2(x, y)
            }
            return Tensor.apply(.gridSample(.zeros), [input, grid])
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn { Drawn(views: Array(views[range]), corrected: corrected) }
    }
}
