import Glibc
public import TensorCore

/// Rotation, horizontal shear and vertical shift about the centre, as kornia 0.5.4 does them.
///
/// Three of its quirks are kept, because published settings were tuned with them. A scalar `shift` of 0.1 moves views
/// only vertically, by up to ±0.1·S. The shift is enlarged by S/(S − 1), because matrices are normalised with S − 1
/// while sampling counts S. The rotation's sign follows the image axes (y down). Outside the picture lies black.
public struct Affine: Augmentation {
    /// Largest rotation in degrees, either way.
    public var degrees: Float = 15
    /// Largest vertical shift as a fraction of the side, either way.
    public var shift: Float = 0.1
    /// Largest horizontal shear in degrees, either way.
    public var shear: Float = 5
    /// Share of views that are changed.
    public var probability: Float = 0.7

    /// The published settings.
    public init() {}

    /// Draws a rotation, a shift and a shear for every view.
    public func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation {
        Drawn(
            views: (0..<count).map { _ in
                let selected = random.bernoulli(probability)
                return View(
                    selected: selected, degrees: random.uniform(-degrees, degrees),
                    shift: random.uniform(-shift, shift) * Float(side), shear: random.uniform(-shear, shear))
            })
    }

    /// The parameters of one view.
    public struct View: Sendable, Equatable {
        /// Whether the view is changed at all.
        public var selected: Bool
        /// Rotation.
        public var degrees: Float
        /// Downward shift in pixels.
        public var shift: Float
        /// Horizontal shear in degrees.
        public var shear: Float

        /// Makes parameters.
        public init(selected: Bool = true, degrees: Float, shift: Float, shear: Float) {
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

        /// Makes the change of these parameters.
        public init(views: [View]) { self.views = views }

        /// Samples every view through the inverse map: `source = c + A⁻¹(p − c − t·S/(S − 1))`.
        public func callAsFunction(_ input: Tensor) -> Tensor {
            let side = input.shape[1]
            let center = Float(side - 1) / 2
            let inverses = views.map { Inverse($0, side: side) }
            let grid = samplingGrid(count: views.count, side: side, on: input.backend) { view, x, y in
                let inverse = inverses[view]
                guard inverse.selected else { return SIMD2(x, y) }
                let (u, v) = (x - center, y - center - inverse.shift)
                return SIMD2(
                    inverse.xx * u + inverse.xy * v + center, inverse.yx * u + inverse.yy * v + center)
            }
            return Tensor.apply(.gridSample(.zeros), [input, grid])
        }
    }

    /// The inverse of rotation times shear: `[1 k; 0 1] · [cos sin; −sin cos]`.
    private struct Inverse {
        let selected: Bool
        let (xx, xy, yx, yy): (Float, Float, Float, Float)
        let shift: Float

        init(_ view: View, side: Int) {
            let angle = view.degrees * Float.pi / 180
            let (cosine, sine) = (cosf(angle), sinf(angle))
            let k = tanf(view.shear * Float.pi / 180)
            selected = view.selected
            (xx, xy, yx, yy) = (cosine - k * sine, sine + k * cosine, -sine, cosine)
            shift = view.shift * Float(side) / Float(max(side - 1, 1))
        }
    }
}
