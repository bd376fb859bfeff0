/// Names of numbers and words of a result that more than one part of the house knows.
///
/// The farm itself looks at none of them: engines write them, manifests and displays read them.
public enum ResultKey {
    /// The loss after the last iteration.
    public static let finalLoss = "final_loss"
    /// Version of the engine that made it.
    public static let engine = "engine"
    /// Tensor backend that it was made on.
    public static let backend = "backend"
    /// What follows the role of a model's file in the name of its digest, as in `vqgan_sha256`.
    public static let digestSuffix = "_sha256"
}
