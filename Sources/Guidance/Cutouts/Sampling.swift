import TensorCore

/// Source coordinates for `gridSample`: where every pixel of every view comes from.
///
/// - Parameters:
///   - count: number of views.
///   - side: their side S.
///   - backend: where the grid shall lie.
///   - source: pixel coordinates in the sampled picture, for a view and for x and y in it.
/// - Returns: `[count, S, S, 2]`.
@inline(__always)
func samplingGrid(
    count: Int, side: Int, on backend: any Backend, source: (_ view: Int, _ x: Float, _ y: Float) -> SIMD2<Float>
) -> Tensor {
    Tensor(shape: [count, side, side, 2], on: backend, parts: count * side) { line, run in
        let (view, y) = (line / side, Float(line % side))
        for x in 0..<side {
            let point = source(view, Float(x), y)
            run[2 * x] = point.x
            run[2 * x + 1] = point.y
        }
    }
}

/// A linear map of pixels about two points: `source = to + A(p − from)`.
///
/// With whole numbers and the identity the source is exact, so that a view left alone keeps its bits.
struct PixelMap {
    var xx: Float = 1
    var xy: Float = 0
    var yx: Float = 0
    var yy: Float = 1
    var from = SIMD2<Float>()
    var to = SIMD2<Float>()

    /// Every pixel from itself.
    static let identity = PixelMap()

    @inline(__always)
    func callAsFunction(_ x: Float, _ y: Float) -> SIMD2<Float> {
        let (u, v) = (x - from.x, y - from.y)
        return SIMD2(xx * u + xy * v + to.x, yx * u + yy * v + to.y)
    }
}

extension Tensor {
    /// Every view through its own linear map: `[N or 1, S, S, C] → [N, S, S, C]`.
    func warped(by maps: [PixelMap], _ padding: SamplePadding) -> Tensor {
        let grid = samplingGrid(count: maps.count, side: shape[1], on: backend) { maps[$0]($1, $2) }
        return Tensor.apply(.gridSample(padding), [self, grid])
    }
}
