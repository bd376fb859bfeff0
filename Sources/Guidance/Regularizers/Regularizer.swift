import TensorCore

/// A term of the loss that no judge gives: it looks at the latent or at the picture itself.
protocol Regularizer {
    /// The column of the loss curve.
    var name: String { get }
    /// The term of one step.
    ///
    /// - Parameters:
    ///   - z: the latent `[1, h, w, e]` before quantisation.
    ///   - image: `[1, H, W, 3]` in [0, 1].
    ///   - iteration: steps done before this one.
    /// - Returns: a scalar, the weight included.
    func loss(of z: Tensor, image: Tensor, iteration: Int) -> Tensor
}
