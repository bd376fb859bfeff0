import TensorCore

/// How a convolution of a picture enlarged by two is one of the picture itself.
///
/// Along one axis the even pixels of the result are those of a convolution of the picture with the kernel
/// `[g0, g1 + g2, 0]`, the odd ones with `[0, g0 + g1, g2]` (its polyphase decomposition). Both take the same transformed
/// tiles. A kernel without its last tap vanishes at infinity, one without its first at 0, and at the point 1 the two are
/// equal: of twice six products nine remain. In two dimensions these are 81 for 8×8 pixels that take 144 if the picture
/// is enlarged first, and one input transform instead of four.
///
/// The nine kernels are numbered so:
///
///     kernel   0  1  2  3  4  5  6  7  8
///     point    0  1 -1 -2  ½ -1 -2  ½  ∞
///     phase    0  ·  0  0  0  1  1  1  1
enum Polyphase {
    /// Kernels along one axis.
    static let kernels = 9
    /// Products of a tile.
    static let products = 81
    /// Kernels of one phase along one axis.
    static let side = 5
    /// Where among the points of a tile each kernel stands.
    static let positions = [0, 1, 2, 3, 4, 2, 3, 4, 5]

    /// The kernels along the rows of one phase, in the order of their points.
    ///
    /// Five rows lie in memory at once: the second phase finds the shared one where the first has left it, and puts its
    /// last in the place of the other's first.
    static let rows = [[0, 1, 2, 3, 4], [1, 5, 6, 7, 8]]

    /// In which of the five rows in memory a kernel's products lie.
    static func slot(of kernel: Int) -> Int { kernel < side ? kernel : kernel == 8 ? 0 : kernel &- 3 }

    /// Where the mirrored transform puts the products of a kernel; its own inverse along the points.
    static func mirrored(_ kernel: Int) -> Int { Winograd.mirror[positions[kernel]] }

    /// Whether no kernel before this one has products at the same point.
    static func isFirst(_ kernel: Int) -> Bool { kernel < side || kernel == 8 }
}

/// The extents of a convolution `[N, H, W, I] → [N, 2H, 2W, O]`.
struct PolyphaseExtents {
    let samples: Int
    let height: Int
    let width: Int
    let inputs: Int
    let outputs: Int

    /// Whether there are enough tiles for kernels that are larger than the ordinary.
    func suits(_ circular: CircularAxes) -> Bool {
        let tiles =
            samples * ((height + Winograd.outputs - 1) / Winograd.outputs)
            * ((width + Winograd.outputs - 1) / Winograd.outputs)
        return circular.isEmpty && inputs >= 16 && outputs >= 16 && tiles >= Limits.polyphaseMinimum
    }

    /// The tiles of the picture, forward or back.
    func tiles(mirrored: Bool) -> WinogradPlan {
        let (from, to) = mirrored ? (outputs, inputs) : (inputs, outputs)
        let extents = ConvolutionExtents(
            samples: samples, height: height, width: width, inputs: from, outputs: to, .same3x3)
        return WinogradPlan(extents, mirrored: mirrored)
    }
}
