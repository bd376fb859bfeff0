public import CLIP
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

    /// The embedding `[1, d]` of a text; one that is too long is cut off, as the published code does on request.
    func embedding(of text: String) -> Tensor {
        let length = clip.configuration.contextLength
        let tokens = ([tokenizer.startOfText] + tokenizer.encode(text)).prefix(length - 1) + [tokenizer.endOfText]
        return clip.encodeText([Array(tokens)])
    }
}
