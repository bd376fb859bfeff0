import Checkpoints
public import TensorCore

/// Hyperparameters of a CLIP.
public struct CLIPConfiguration: Sendable, Equatable {
    /// Hyperparameters of one transformer.
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

    /// Hyperparameters of CLIP's modified ResNet.
    public struct ResNet: Sendable, Equatable {
        /// Bottleneck blocks of the four layers.
        public var blocks: [Int]
        /// Channels behind the stem; a layer has 4, 8, 16 and 32 times as many.
        public var width: Int

        /// Heads of the attention pool; of 64 channels each in all published models.
        public var heads: Int

        /// The network of a width and a depth.
        public init(blocks: [Int], width: Int) { (self.blocks, self.width, heads) = (blocks, width, width * 32 / 64) }
    }

    /// What an image tower is made of.
    public enum ImageNetwork: Sendable, Equatable {
        /// A vision transformer on patches of so many pixels.
        case transformer(Tower, patchSize: Int)
        /// A convolutional network with an attention pool.
        case resNet(ResNet)
    }

    /// Hyperparameters of the image side.
    public struct Vision: Sendable, Equatable {
        /// The network.
        public var network: ImageNetwork
        /// Side of the pictures it takes, in pixels.
        public var imageSize: Int
        /// Channels of the space that both towers map to.
        public var embedDim: Int
        /// Mean of the training pictures per channel, in [0, 1].
        public var mean: [Double] = openAIMean
        /// Standard deviation of the training pictures per channel.
        public var deviation: [Double] = openAIDeviation
    }

    /// The image side.
    public var vision: Vision
    /// The text tower.
    public var text: Tower
    /// Most tokens of a text, start and end included.
    public var contextLength: Int
    /// Number of tokens, start and end included.
    public var vocabularySize: Int
    /// The token whose first occurrence ends a text and carries its embedding; nil where it is the highest number in it.
    public var endOfText: Int?
    /// Path of the byte-pair vocabulary that comes with the model; nil for the published one.
    public var vocabularyFile: String?

    /// Channels of the space that both towers map to.
    public var embedDim: Int { vision.embedDim }
    /// Side of the pictures it takes, in pixels.
    public var imageSize: Int { vision.imageSize }

    /// OpenAI's mean, which nearly all models share.
    public static let openAIMean = [0.48145466, 0.4578275, 0.40821073]
    /// OpenAI's standard deviation.
    public static let openAIDeviation = [0.26862954, 0.26130258, 0.27577711]

    /// Checks what the weights would not: that sizes divide and that means and deviations make sense.
    func validate(path: String) throws(CheckpointError) {
        try vision.validate(path: path)
        try text.validate("text", path: path)
        if let endOfText, endOfText >= vocabularySize {
            throw CheckpointError(
                path: path,
                message: "the end of text \(endOfText) lies outside the vocabulary of \(vocabularySize)")
        }
    }
}

extension CLIPConfiguration.Vision {
    func validate(path: String) throws(CheckpointError) {
        switch network {
        case .transformer(let tower, let patchSize):
            try tower.validate("image", path: path)
            guard imageSize.isMultiple(of: patchSize) else {
                throw CheckpointError(
                    path: path, message: "patches of \(patchSize) pixels do not divide pictures of \(imageSize)")
            }
        case .resNet(let resNet):
            guard imageSize.isMultiple(of: 32) else {
                throw CheckpointError(
                    path: path, message: "a ResNet takes pictures of a multiple of 32 pixels, not of \(imageSize)")
            }
            guard resNet.width.isMultiple(of: 2), (32 * resNet.width).isMultiple(of: resNet.heads) else {
                throw CheckpointError(
                    path: path, message: "a ResNet of \(resNet.width) channels cannot be split into heads")
            }
        }
    }
}

extension CLIPConfiguration.Tower {
    func validate(_ name: String, path: String) throws(CheckpointError) {
        guard width.isMultiple(of: heads) else {
            throw CheckpointError(
                path: path, message: "the \(name) tower's \(heads) heads do not divide its \(width) channels")
        }
    }
}
