import Checkpoints
public import TensorCore

/// Hyperparameters of a CLIP with a vision transformer.
public struct CLIPConfiguration: Sendable, Equatable {
    /// Hyperparameters of one tower.
    public struct Tower: Sendable, Equatable {
        /// Channels of a token.
        public var width: Int
        /// Number of residual attention blocks.
        public var layers: Int
        /// Attention heads, a divisor of the width; weights cannot tell it.
        public var heads: Int
        /// Channels inside the perceptron of a block, four times the width in most models.
        public var hidden: Int
        /// Nonlinearity of the perceptron; weights cannot tell it, and the wrong one gives plausible, worse results.
        public var activation: Activation
        /// Added to the variance in every LayerNorm.
        public var epsilon: Float = 1e-5
    }

    /// Channels of the space that both towers map to.
    public var embedDim: Int
    /// The image tower.
    public var vision: Tower
    /// Side of the pictures it takes, in pixels.
    public var imageSize: Int
    /// Side of a patch, in pixels.
    public var patchSize: Int
    /// The text tower.
    public var text: Tower
    /// Most tokens of a text, start and end included.
    public var contextLength: Int
    /// Number of tokens, start and end included.
    public var vocabularySize: Int
    /// The token whose first occurrence ends a text and carries its embedding; nil where it is the highest number in it.
    public var endOfText: Int?
    /// Mean of the training pictures per channel, in [0, 1].
    public var mean: [Double] = openAIMean
    /// Standard deviation of the training pictures per channel.
    public var deviation: [Double] = openAIDeviation
    /// Path of the byte-pair vocabulary that comes with the model; nil for the published one.
    public var vocabularyFile: String?

    /// OpenAI's mean, which nearly all models share.
    public static let openAIMean = [0.48145466, 0.4578275, 0.40821073]
    /// OpenAI's standard deviation.
    public static let openAIDeviation = [0.26862954, 0.26130258, 0.27577711]

    /// Makes a configuration from its parts.
    public init(
        embedDim: Int, vision: Tower, imageSize: Int, patchSize: Int, text: Tower, contextLength: Int,
        vocabularySize: Int
    ) {
        self.embedDim = embedDim
        self.vision = vision
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.text = text
        self.contextLength = contextLength
        self.vocabularySize = vocabularySize
    }

    /// Checks what the weights would not: that sizes divide and that means and deviations make sense.
    func validate(_ file: Configuration) throws(CheckpointError) {
        func refuse(_ message: String) throws(CheckpointError) {
            throw CheckpointError(path: file.path, message: message)
        }
        for (name, tower) in [("image", vision), ("text", text)] where !tower.width.isMultiple(of: tower.heads) {
            try refuse("the \(name) tower's \(tower.heads) heads do not divide its \(tower.width) channels")
        }
        if !imageSize.isMultiple(of: patchSize) {
            try refuse("patches of \(patchSize) pixels do not divide pictures of \(imageSize)")
        }
        if let endOfText, endOfText >= vocabularySize {
            try refuse("the end of text \(endOfText) lies outside the vocabulary of \(vocabularySize)")
        }
    }
}
