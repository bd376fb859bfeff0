import Glibc
public import TensorCore

/// Rotation, horizontal shear and shift about the centre (`Af`), as kornia 0.5.4 does them.
///
/// Three of its quirks are kept. A scalar `shift` of 0.1 moves views only vertically, by up to ±0.1·S. The shift is
/// enlarged by S/(S − 1), because matrices are normalised with S − 1 while sampling counts S. The rotation's sign
/// follows the image axes (y down). `corrected` draws a horizontal shift as well and leaves the shift as long as drawn.
public struct Affine: QuirkyAugmentation {
    /// Largest rotation in degrees, either way.
    public var degrees: Float = 15
    /// Largest shift as a fraction of the side, either way.
    public var shift: Float = 0.1
    /// Largest horizontal shear in degrees, either way.
    public var shear: Float = 5
    /// Share of views that are changed.
    public var probability: Float = 0.7
    /// What lies outside the view: black, or the border continued.
    public var padding: SamplePadding = .zeros
    /// Shifts along both axes, by what was drawn.
    public var corrected = false

    /// The settings of `latest`.
    public init() {}

    /// What a user may change.
    public static let tunables = [
        Tunable("p", \Self.probability, in: 0...1), Tunable("degrees", \.degrees, in: 0...180),
        Tunable("shift", \.shift, in: 0...1), Tunable("shear", \.shear, in: 0...80),
    ]

    /// Draws a rotation, a shift and a shear for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        let views = (0..<count).map { _ in
            let selected = random.bernoulli(probability)
            var view = View(
                selected: selected, degrees: random.uniform(-degrees, degrees),
                shift: SIMD2(0, random.uniform(-shift, shift) * Float(side)), shear: random.uniform(-shear, shear))
            if corrected { view.shift.x = random.uniform(-shift, shift) * Float(side) }
            return view
        }
        return Drawn(views: views, padding: padding, corrected: corrected)
    }

    /// The parameters of one view.
    public struct View: Sendable, Equatable {
        /// Whether the view is changed at all.
        public var selected: Bool
        /// Rotation.
        public var degrees: Float
        /// Shift to the right and down in pixels.
        public var shift: SIMD2<Float>
        /// Horizontal shear in degrees.
        public var shear: Float

        /// Makes parameters.
        public init(selected: Bool = true, degrees: Float, shift: SIMD2<Float>, shear: Float) {
            self.selected = selected
            self.degrees = degrees
            self.shift = shift
            self.shear = shear
        }
    }

    /// Affine changes with known parameters.
    public struct Drawn: DrawnAugmentation {
        /// One per view.
        public var views: [View]
        /// What lies outside the view.
        public var padding: SamplePadding
        /// Whether shifts are as long as drawn.
        public var corrected: Bool

        /// Makes the change of these parameters.
        public init(views: [View], padding: SamplePadding = .zeros, corrected: Bool = false) {
            self.views = views
            self.padding = padding
            self.corrected = corrected
        }

        /// Samples every view through the inverse map: `source = c + A⁻¹(p − c − t·S/(S − 1))`.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            guard views.contains(where: \.selected) else { return input }
            let side = input.shape[1]
            let enlargement = corrected ? 1 : Float(side) / Float(max(side - 1, 1))
            return input.warped(by: views.map { Self.source($0, side: side, enlargement) }, padding)
        }

        /// The same change of some of the views.
        public func part(_ range: Range<Int>) -> Drawn {
            Drawn(views: Array(views[range]), padding: padding, corrected: corrected)
        }

        /// The inverse of rotation times shear: `[1 k; 0 1] · [cos sin; −sin cos]`.
        private static func source(_ view: View, side: Int, _ enlargement: Float) -> PixelMap {
            guard view.selected else { return .identity }
            let angle = view.degrees * Float.pi / 180
            let (cosine, sine) = (cosf(angle), sinf(angle))
            let k = tanf(view.shear * Float.pi / 180)
            let center = SIMD2(repeating: Float(side - 1) / 2)
            return PixelMap(
                xx: cosine - k * sine, xy: sine + k * cosine, yx: -sine, yy: cosine,
                from: center + view.shift * enlargement, to: center)
        }
    }
}
