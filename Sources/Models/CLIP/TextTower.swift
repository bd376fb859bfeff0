public import Checkpoints
public import TensorCore

/// The text side of a CLIP, in memory only while texts are embedded.
///
/// A text tower is nearly half of a CLIP (254 MB of ViT-B/32), and a render needs it for the blink before its first step.
/// So `release()` lets the weights go, embeddings are kept, and a text that comes later reads the tower again from the
/// checkpoint, whose file stays mapped: its pages belong to the file, and the system takes them back when it needs them.
public final class TextTower {
    private let read: () throws(CheckpointError) -> TextTransformer
    private var transformer: TextTransformer?
    /// Keyed by whole batches: the rows of a larger product may be rounded differently.
    private var embeddings: [[[Int]]: Tensor] = [:]

    /// Reads the tower at once, so that what is wrong with it is said when the model is loaded.
    init(_ read: @escaping () throws(CheckpointError) -> TextTransformer) throws(CheckpointError) {
        self.read = read
        transformer = try read()
    }

    /// Whether the weights are in memory.
    public var isLoaded: Bool { transformer != nil }

    /// Lets the weights go; embeddings stay.
    public func release() { transformer = nil }

    /// Embeddings `[n, d]` of token sequences; see `TextTransformer`.
    ///
    /// - Throws: `CheckpointError` if the file was damaged after it had been opened.
    public func callAsFunction(_ tokens: [[Int]]) throws(CheckpointError) -> Tensor {
        if let known = embeddings[tokens] { return known }
        let network = if let transformer { transformer } else { try read() }
        transformer = network
        let embedded = network(tokens)
        if embeddings.count >= Limits.keptEmbeddings { embeddings = [:] }
        embeddings[tokens] = embedded
        return embedded
    }
}
