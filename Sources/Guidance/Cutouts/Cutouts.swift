public import TensorCore

/// A way of showing a picture to CLIP: many square views, differentiable with respect to the picture.
public protocol Cutouts {
    /// Views of one picture.
    ///
    /// All random parameters are drawn on the host before the first tensor operation, from streams of the seed and the
    /// iteration alone.
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - seed: the render's seed.
    ///   - iteration: which step asks.
    /// - Returns: `[count, S, S, 3]` with S the side of CLIP's input.
    func views(of image: Tensor, seed: UInt64, iteration: Int) -> Tensor
}

/// One kind of change to square views, before its parameters are drawn.
public protocol Augmentation: Sendable {
    /// Draws the parameters for `count` views of `side` × `side` pixels.
    func draw(count: Int, side: Int, from random: inout Philox) -> any DrawnAugmentation
}

/// A change to views with all its parameters known.
public protocol DrawnAugmentation: Sendable {
    /// Applies it to `[N, S, S, 3]`, or to `[1, S, S, 3]` that stands for N equal views.
    ///
    /// Views that the draw did not select pass through with their exact bits.
    func callAsFunction(_ views: Tensor) -> Tensor
}

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
    let values = [Float](unsafeUninitializedCapacity: count * side * side * 2) { memory, initialized in
        var next = 0
        for view in 0..<count {
            for y in 0..<side {
                for x in 0..<side {
                    let point = source(view, Float(x), Float(y))
                    memory[next] = point.x
                    memory[next + 1] = point.y
                    next += 2
                }
            }
        }
        initialized = next
    }
    return Tensor(values, shape: [count, side, side, 2], on: backend)
}
