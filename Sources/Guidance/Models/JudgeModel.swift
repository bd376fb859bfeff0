public import CLIP
import Checkpoints
import TensorCore

/// A CLIP with the tokenizer that belongs to it.
public struct JudgeModel {
    /// The model.
    public let clip: CLIPModel
    /// What turns prompts into its tokens.
    public let tokenizer: BytePairTokenizer
    /// Factor of its losses where it guides together with others.
    public let weight: Float

    /// Puts a model and its tokenizer together.
    public init(clip: CLIPModel, tokenizer: BytePairTokenizer, weight: Float = 1) {
        self.clip = clip
        self.tokenizer = tokenizer
        self.weight = weight
    }

    /// The embedding of a text, `[1, d]`.
    ///
    /// A text of more tokens than the tower takes is read in pieces, and the result is the mean of their normalised
    /// embeddings, each weighted by its number of tokens.
    func embedding(of text: String) throws(CheckpointError) -> Tensor {
        let pieces = tokenizer.pieces(of: text, contextLength: clip.configuration.contextLength)
        let embedded = try clip.encodeText(pieces.map(\.sequence))
        guard pieces.count > 1 else { return embedded }
        let (values, width) = (embedded.values, embedded.shape[1])
        let total = Float(pieces.reduce(0) { $0 + $1.count })
        var mean = [Float](repeating: 0, count: width)
        for (row, piece) in pieces.enumerated() {
            let direction = normalized(Array(values[(row * width)..<((row + 1) * width)]))
            for i in mean.indices { mean[i] += direction[i] * Float(piece.count) / total }
        }
        return Tensor(mean, shape: [1, width], on: embedded.backend)
    }
}
