public import TensorCore

/// A way of showing a picture to CLIP: many square views, differentiable with respect to the picture.
public protocol Cutouts: Sendable {
    /// Draws all that is random about the views of one step, on the host and before the first tensor operation.
    ///
    /// Everything follows from streams of the seed and the iteration, and nothing from how the views are batched.
    /// - Parameters:
    ///   - height: the picture's height in pixels.
    ///   - width: the picture's width in pixels.
    ///   - seed: the render's seed.
    ///   - iteration: which step asks.
    /// - Returns: views that know all about themselves but the picture.
    func draw(height: Int, width: Int, seed: UInt64, iteration: Int) -> any DrawnCutouts

    /// How pictures that have borders are looked at: image prompts, and parts of a render.
    var bordered: any Cutouts { get }
}

/// The views of one step with all their parameters known.
public protocol DrawnCutouts: Sendable {
    /// How many there are.
    var count: Int { get }

    /// What all views are made from: computed once, however many batches of views follow.
    ///
    /// - Parameter image: `[1, H, W, 3]` in [0, 1], of the size that the views were drawn for.
    /// - Returns: `[1, h, w, 3]`.
    func common(of image: Tensor) -> Tensor

    /// Some of the views.
    ///
    /// - Parameters:
    ///   - common: what `common(of:)` gives for the picture.
    ///   - range: which of the `count` views.
    /// - Returns: `[range.count, S, S, 3]` with S the side of CLIP's input.
    func views(from common: Tensor, _ range: Range<Int>) -> Tensor
}

extension DrawnCutouts {
    /// Some of the views of a picture, in one go.
    ///
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1], of the size that the views were drawn for.
    ///   - range: which of the `count` views.
    /// - Returns: `[range.count, S, S, 3]` with S the side of CLIP's input.
    public func views(of image: Tensor, _ range: Range<Int>) -> Tensor { views(from: common(of: image), range) }
}

extension Cutouts {
    /// Most methods look at all pictures alike.
    public var bordered: any Cutouts { self }

    /// All views of one picture, drawn and applied.
    ///
    /// - Parameters:
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - seed: the render's seed.
    ///   - iteration: which step asks.
    /// - Returns: `[count, S, S, 3]` with S the side of CLIP's input.
    public func views(of image: Tensor, seed: UInt64, iteration: Int) -> Tensor {
        let drawn = draw(height: image.shape[1], width: image.shape[2], seed: seed, iteration: iteration)
        return drawn.views(of: image, 0..<drawn.count)
    }
}
