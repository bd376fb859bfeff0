import Checkpoints
public import TensorCore

/// What maps pictures into CLIP's joint space: a vision transformer or a modified ResNet.
public protocol ImageTower {
    /// Side of the pictures it takes, in pixels.
    var imageSize: Int { get }

    /// Embeddings `[N, d]` of pictures `[N, S, S, 3]` in [0, 1]; not normalised.
    func callAsFunction(_ batch: Tensor) -> Tensor
}

extension ImageTower {
    /// Stops at a batch of another size: every picture must have been resampled before.
    func checkShape(of batch: Tensor) {
        let expected: Shape = [batch.shape[0], imageSize, imageSize, 3]
        precondition(batch.shape == expected, "the image tower takes \(expected), got \(batch.shape)")
    }
}
